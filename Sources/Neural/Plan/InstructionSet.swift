internal import CKernels

/// The instruction sets that kernels are compiled for.
package enum InstructionSet: String, CaseIterable, Sendable {
  case portable, avx2, avx512

  var kernels: ck_isa {
    switch self {
    case .portable: CK_ISA_PORTABLE
    case .avx2: CK_ISA_AVX2
    case .avx512: CK_ISA_AVX512
    }
  }

  /// Whether this program has code for it and this processor runs it.
  package var isAvailable: Bool { ck_isa_available(kernels) != 0 }

  package static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

  /// The fastest that is available; `portable` always is.
  package static var best: InstructionSet { available.last ?? .portable }

  /// Channels in a block of a blocked tensor.
  var lanes: Int { Int(ck_isa_lanes(kernels)) }
}
