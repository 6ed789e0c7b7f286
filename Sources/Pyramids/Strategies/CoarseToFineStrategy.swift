package import Detectors
package import Geometry
package import Imaging

/// A small pass over the whole picture first; then only the windows that may hold small objects, at
/// higher resolution.
///
/// A window's promise is the sum of the scores of the small boxes (by input pixels of the coarse
/// pass) whose centres lie in it. Windows without any are never looked at; of the others the most
/// promising ones are, as many as the limits allow. What is done depends on the picture, the network
/// and the limits, never on a clock: the budget is turned into multiply–adds by a fixed rate.
package final class CoarseToFineStrategy: PyramidStrategy {
  /// What the caller may set.
  package struct Options: Hashable, Sendable {
    /// Milliseconds for all networks of a picture, at `multiplyAddsPerMillisecond`; `nil` for no
    /// budget.
    package var budget: Double?
    /// Windows looked at again, at most.
    package var maxRegions = 4
    /// How much larger the second look shows things.
    package var zoom = 2.0

    package init() {}
  }

  package let options: Options

  /// What a millisecond of budget buys: about what one core with AVX2 does.
  package static let multiplyAddsPerMillisecond = 30_000_000.0
  /// The share of a window that neighbours overlap by.
  private static let overlap = 0.25

  /// - Throws: `PyramidError.invalidOption`.
  package init(_ options: Options = Options()) throws(PyramidError) {
    if let budget = options.budget, !(budget > 0 && budget <= 1e9) {
      throw .invalidOption("budget of \(budget) ms: must be positive, at most 1e9")
    }
    guard (1...SliceGrid.countLimit).contains(options.maxRegions) else {
      throw .invalidOption(
        "\(options.maxRegions) regions: must be in 1...\(SliceGrid.countLimit)")
    }
    self.options = options
  }

  package var name: String { "coarse-to-fine" }

  package func merging(for detector: any Detector) -> Merging {
    StrategyDefaults(detector).tilesMerging
  }

  package func look(at image: Image, with detector: any Detector) throws -> PassResults {
    let source = image.size
    let defaults = StrategyDefaults(detector)
    let rule = defaults.tilesRanges
    let whole = PlannedPass(kind: .level, name: "1x", region: Box(whole: source))
    var runner = PassRunner(image, detector)
    try runner.run(whole)
    let coarse = runner.results
    let found = coarse.passes[0].detections
    let ratio = inputRatio(of: whole, detector)
    let ratios = [ratio, ratio * options.zoom]
    let small = found.filter {
      $0.box.area.squareRoot() * ratio <= defaults.promisingSize
    }
    let windows = try windows(source)
    let chosen = choose(
      windows, promising: small, count: regionLimit(coarse.multiplyAdds))
    guard !chosen.isEmpty else {
      var results = coarse
      results.needsMerging = false
      return results
    }
    let infinite = InnerBorder.Size2(width: .infinity, height: .infinity)
    let passes = chosen.map { slice in
      var pass = PlannedPass(kind: .tile, name: slice.region.regionName, region: slice.region)
      pass.innerBorder = InnerBorder(margin: 1, seenElsewhere: infinite)
      pass.range = rule?.range(ratio: ratios[1], among: ratios)
      return pass
    }
    try runner.run(passes)
    var results = runner.results
    // Small boxes of the coarse pass stay where nothing looked again.
    if let range = rule?.range(ratio: ratio, among: ratios) {
      results.passes[0].detections.removeAll { detection in
        !range.contains(detection.box)
          && chosen.contains { Self.holds($0.region, centerOf: detection.box) }
      }
    }
    return results
  }

  private func windows(_ source: Size) throws -> [SliceGrid.Slice] {
    func side(_ side: Int) -> Int { max(1, Int((Double(side) / options.zoom).rounded(.up))) }
    // Half a window's overlap more, so that two windows cover an axis.
    let window = Size(
      width: min(source.width, side(source.width) + side(source.width) / 8),
      height: min(source.height, side(source.height) + side(source.height) / 8))
    let overlap = Size(
      width: Int(Double(window.width) * Self.overlap / 2),
      height: Int(Double(window.height) * Self.overlap / 2))
    return try SliceGrid(source: source, slice: window, overlap: overlap).slices
  }

  /// How many passes of the cost of the first one there is room for, the first one paid.
  private func regionLimit(_ multiplyAdds: Int) -> Int {
    guard let budget = options.budget, multiplyAdds > 0 else { return options.maxRegions }
    let passes = budget * Self.multiplyAddsPerMillisecond / Double(multiplyAdds) - 1
    return min(options.maxRegions, max(0, Int(min(passes, 1e6))))
  }

  /// The most promising windows; equal promise by the earlier one.
  private func choose(
    _ windows: [SliceGrid.Slice], promising: [Detection], count: Int
  ) -> [SliceGrid.Slice] {
    let promises = windows.map { window in
      promising.reduce(0) {
        Self.holds(window.region, centerOf: $1.box) ? $0 + $1.score : $0
      }
    }
    let order = windows.indices.filter { promises[$0] > 0 }.sorted {
      promises[$0] != promises[$1] ? promises[$0] > promises[$1] : $0 < $1
    }
    return order.prefix(count).sorted().map { windows[$0] }
  }

  private static func holds(_ region: Box, centerOf box: Box) -> Bool {
    let x = (box.minX + box.maxX) / 2
    let y = (box.minY + box.maxY) / 2
    return x >= region.minX && x < region.maxX && y >= region.minY && y < region.maxY
  }
}
