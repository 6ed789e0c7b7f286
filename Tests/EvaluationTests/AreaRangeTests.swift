import Evaluation
import Testing

@Suite("AreaRange")
struct AreaRangeTests {
  @Test("both limits belong to a range")
  func limits() {
    #expect(AreaRange.small.contains(1024) && AreaRange.medium.contains(1024))
    #expect(!AreaRange.small.contains(1024.001) && !AreaRange.large.contains(9215.999))
  }
}
