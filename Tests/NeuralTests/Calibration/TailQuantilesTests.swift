import Neural
import Testing

/// Ranges without the outermost elements, and what they become in 8 bits.
@Suite struct TailQuantilesTests {
  private func tails(_ values: [Float], share: Double) -> ClosedRange<Float>? {
    values.withUnsafeBufferPointer { TailQuantiles.range(of: $0, share: share) }
  }

  @Test func singleElementsFarOutAreLeftOut() throws {
    let values = (0..<9_998).map(Float.init) + [1e6, -1e6]
    let range = try #require(tails(values, share: 1e-4))
    // Bins are 2e6 / 2048 wide.
    #expect((-977...0).contains(range.lowerBound))
    #expect((9_997...10_974).contains(range.upperBound))
    #expect(tails(values, share: 0) == -1e6...1e6)
    // One element of 9,999 is more than a ten-thousandth of them.
    #expect(tails(Array(values.dropFirst()), share: 1e-4) == -1e6...1e6)
  }

  @Test func equalAndMissingElements() {
    #expect(tails([], share: 0.1) == nil)
    #expect(tails([1, .nan, 2], share: 0.1) == nil)
    #expect(tails([.nan, 1], share: 0.1) == nil)
    #expect(tails([1, -.infinity], share: 0.1) == nil)
    #expect(tails([Float](repeating: 3, count: 100), share: 0.1) == 3...3)
    // The width is not a number of this type.
    #expect(
      tails([-.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude], share: 0.4)
        == -.greatestFiniteMagnitude...Float.greatestFiniteMagnitude)
  }

  @Test func zeroIsExactInEveryRange() {
    let both = QuantizationParameters(-1...3)
    #expect(both.scale == 4 / 255 && both.zero == 64)
    #expect(QuantizationParameters(0.5...2).zero == 0)
    #expect(QuantizationParameters(0.5...2).scale == Float(2) / 255)
    #expect(QuantizationParameters(-2 ... -1).zero == 255)
    #expect(QuantizationParameters(0...0).scale > 0)
  }
}
