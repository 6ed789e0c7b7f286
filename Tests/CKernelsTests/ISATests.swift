import CKernels
import Testing

@Suite struct ISATests {
  @Test func portableIsAlwaysThere() {
    #expect(ck_isa_available(CK_ISA_PORTABLE) == 1)
    #expect(ck_isa_available(ck_isa(rawValue: 17)) == 0)
  }

  @Test func widerSetsIncludeNarrowerOnes() {
    #expect(ck_isa_available(CK_ISA_AVX512) <= ck_isa_available(CK_ISA_AVX2))
  }

  @Test func lanes() {
    #expect(ck_isa_lanes(CK_ISA_PORTABLE) == 8)
    #expect(ck_isa_lanes(CK_ISA_AVX2) == 8)
    #expect(ck_isa_lanes(CK_ISA_AVX512) == 16)
  }
}
