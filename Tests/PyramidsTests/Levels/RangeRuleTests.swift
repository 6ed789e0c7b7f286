import Geometry
import Pyramids
import Testing

@Suite struct RangeRuleTests {
  private let rule = RangeRule(least: 16, greatest: 160)

  @Test func oneEnlargementAnswersForAllSizes() {
    #expect(rule.range(ratio: 0.65, among: [0.65]) == nil)
    #expect(rule.range(ratio: 0.65, among: [0.65, 0.66]) == nil)
  }

  @Test func theFinestTakesTheSmallAndTheCoarsestTheLarge() throws {
    let ratios = [0.5, 1.0, 2.0]
    let coarse = try #require(rule.range(ratio: 0.5, among: ratios))
    #expect(coarse.low == 32 && coarse.high == nil)
    let middle = try #require(rule.range(ratio: 1, among: ratios))
    #expect(middle.low == 16 && middle.high == 160)
    let fine = try #require(rule.range(ratio: 2, among: ratios))
    #expect(fine.low == nil && fine.high == 80)
  }

  /// Every size has a level, whatever the ladder.
  @Test func rangesLeaveNoGap() throws {
    for ratios in [[1, 2], [0.5, 1, 2, 4], [0.3, 2.9], [1, 1.01, 3]] {
      let ranges = ratios.map { rule.range(ratio: $0, among: ratios) }
      for side in stride(from: 1.0, through: 900, by: 0.5) {
        let box = Box(minX: 0, minY: 0, maxX: side, maxY: side)
        #expect(ranges.contains { $0?.contains(box) ?? true }, "\(side) of \(ratios)")
      }
    }
  }
}
