import Detectors
import Geometry
import Imaging
import Pyramids
import Testing

@Suite struct StrategyTests {
  private let red = Box(minX: 20, minY: 36, maxX: 60, maxY: 52)

  private func detect(
    _ strategy: any PyramidStrategy, _ image: Image
  ) throws -> DetectionResult {
    let finder = SquareFinder()
    return try PyramidDetector(finder, strategy: strategy, merging: strategy.merging(for: finder))
      .detect(image)
  }

  private func isNear(_ first: Box, _ second: Box, _ tolerance: Double) -> Bool {
    abs(first.minX - second.minX) <= tolerance && abs(first.minY - second.minY) <= tolerance
      && abs(first.maxX - second.maxX) <= tolerance && abs(first.maxY - second.maxY) <= tolerance
  }

  @Test func levelOneIsThePicture() throws {
    let image = Image(120, 80, red: red)
    var options = ImageStrategy.Options()
    options.scales = [1]
    let plain = try SquareFinder().detect(image)
    for strategy in [SingleStrategy(), try ImageStrategy(options)] as [any PyramidStrategy] {
      let result = try detect(strategy, image)
      #expect(result.detections == plain.detections)
      #expect(result.pyramid?.origins == [0])
      #expect(result.pyramid?.passes.map(\.name) == ["1x"])
    }
  }

  /// Whole ratios resize a rectangle exactly, and boxes go back by the ratio used.
  @Test func levelsMapBack() throws {
    let image = Image(120, 80, red: red)
    for scale in [0.25, 0.5, 2, 3] {
      var options = ImageStrategy.Options()
      options.scales = [scale]
      let found = try #require(detect(ImageStrategy(options), image).detections.first)
      #expect(isNear(found.box, red, 1e-9), "\(scale): \(found.box)")
    }
    // Sides that do not divide: the level of 30 x 27 pixels has ratios 30 / 100 and 27 / 91.
    var options = ImageStrategy.Options()
    options.scales = [0.3]
    let odd = try detect(ImageStrategy(options), Image(100, 91, red: Box(whole: 100, 91)))
    #expect(isNear(try #require(odd.detections.first).box, Box(whole: 100, 91), 1e-9))
  }

  @Test func mirroredPassesMapBackWithTheirLandmarks() throws {
    let image = Image(121, 80, red: red)
    let plain = try #require(SquareFinder().detect(image).detections.first)
    var pass = PlannedPass(kind: .level, name: "flip", region: Box(whole: 121, 80))
    pass.isMirrored = true
    let mirrored = try detect(FixedPasses([pass]), image)
    let found = try #require(mirrored.detections.first)
    #expect(found == plain)
  }

  @Test func tilesSeeTheirPartAndLeaveCutBoxes() throws {
    let image = Image(120, 80, red: red)
    var options = TilesStrategy.Options()
    options.slice = Size(width: 64, height: 64)
    options.overlapWidthRatio = 0.25
    options.overlapHeightRatio = 0.25
    options.includesWhole = false
    let tiles = try detect(TilesStrategy(options), image)
    let report = try #require(tiles.pyramid)
    #expect(
      report.passes.map(\.name) == [
        "0,0 64x64", "48,0 64x64", "56,0 64x64", "0,16 64x64", "48,16 64x64", "56,16 64x64",
      ])
    #expect(report.passes.allSatisfy { $0.kind == .tile })
    #expect(report.multiplyAdds == 6000)
    #expect(report.pixelCount == 6 * 64 * 64)
    // Two windows see it whole and agree; the other four see pieces of at most 12 pixels, which the
    // overlap of 16 holds.
    #expect(tiles.detections.map(\.box) == [red])
    #expect(report.passes.map(\.found) == [1, 0, 0, 1, 0, 0])
    options.includesWhole = true
    let both = try detect(TilesStrategy(options), image)
    #expect(both.pyramid?.passes.first?.kind == .level)
    #expect(both.detections.map(\.box) == [red])
  }

  @Test func rangesChooseTheLevel() throws {
    let image = Image(120, 80, red: red)  // sqrt(40 * 16) = 25.3
    var options = ImageStrategy.Options()
    options.scales = [1, 2]
    options.ranges = .given([
      try ScaleRange(low: 26, high: nil), try ScaleRange(low: nil, high: 26),
    ])
    let result = try detect(ImageStrategy(options), image)
    let report = try #require(result.pyramid)
    #expect(report.passes.map(\.found) == [0, 1])
    #expect(report.origins == [1])
    #expect(report.passes[1].name == "2x")
  }

  @Test func coarseToFineLooksAgainWhereSmallThingsAre() throws {
    let small = Box(minX: 90, minY: 10, maxX: 100, maxY: 20)
    let result = try detect(try CoarseToFineStrategy(), Image(128, 96, red: small))
    let report = try #require(result.pyramid)
    #expect(report.passes.count == 2)
    let region = report.passes[1].region
    #expect(region.minX <= 90 && region.maxX >= 100 && region.minY <= 10 && region.maxY >= 20)
    #expect(region.width == 64 && region.height == 48)
    #expect(result.detections.map(\.box) == [small])
    // Nothing, or nothing small: one pass.
    let large = Box(minX: 0, minY: 0, maxX: 120, maxY: 90)
    #expect(
      try detect(try CoarseToFineStrategy(), Image(128, 96, red: large)).pyramid?.passes.count == 1)
    var options = CoarseToFineStrategy.Options()
    // Room for the first pass of 1000 multiply-adds, not for a second.
    options.budget = 1500 / CoarseToFineStrategy.multiplyAddsPerMillisecond
    #expect(
      try detect(try CoarseToFineStrategy(options), Image(128, 96, red: small))
        .pyramid?.passes.count == 1)
  }

  @Test func refusals() throws {
    let detector = SquareFinder()
    #expect(throws: PyramidError.self) {
      try PyramidDetector(detector, strategy: FeatureStrategy(), merging: Merging(.suppression))
    }
    for scales in [[], [0], [-1], [17], [.nan], [1, 1]] as [[Double]] {
      var options = ImageStrategy.Options()
      options.scales = scales
      #expect(throws: PyramidError.self) { try ImageStrategy(options) }
    }
    var tiles = TilesStrategy.Options()
    tiles.slice.width = 0
    #expect(throws: PyramidError.self) { try TilesStrategy(tiles) }
    tiles = TilesStrategy.Options()
    tiles.overlapWidthRatio = 1
    #expect(throws: PyramidError.self) { try TilesStrategy(tiles) }
    var coarse = CoarseToFineStrategy.Options()
    coarse.maxRegions = 0
    #expect(throws: PyramidError.self) { try CoarseToFineStrategy(coarse) }
    coarse = CoarseToFineStrategy.Options()
    coarse.budget = -.infinity
    #expect(throws: PyramidError.self) { try CoarseToFineStrategy(coarse) }
  }
}

/// A strategy of given passes.
private final class FixedPasses: PyramidStrategy {
  private let passes: [PlannedPass]

  init(_ passes: [PlannedPass]) { self.passes = passes }

  var name: String { "fixed" }

  func look(at image: Image, with detector: any Detector) throws -> PassResults {
    try PassResults(running: passes, over: image, with: detector)
  }
}

extension Box {
  fileprivate init(whole width: Int, _ height: Int) {
    self.init(minX: 0, minY: 0, maxX: Double(width), maxY: Double(height))
  }
}
