package import Detectors
package import Geometry
package import Imaging

/// One pass over the whole picture first; then only the windows that may hold small objects, at
/// higher resolution.
///
/// A window's promise is the sum of the scores of the small boxes (by input pixels of the coarse
/// pass, from a score of `evidenceThreshold` on, or the detector's own threshold where it has no
/// dense outputs) that lie in it. The most promising window is taken, what it holds is struck off,
/// and so on while a window promises `leastPromise` and the limits allow. What is done depends on
/// the picture, the network and the limits, never on a clock: the budget is turned into
/// multiply–adds by a fixed rate.
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
  /// Boxes of the coarse pass count as evidence from this score on, also where fewer are reported.
  package static let evidenceThreshold = 0.05
  /// Windows that promise less are left alone.
  package static let leastPromise = 0.1
  /// The share of a window's sides by which its neighbour is moved on.
  private static let step = 0.25

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
    let whole = PlannedPass(kind: .level, name: "1x", region: Box(whole: source))
    let (coarse, evidence) = try coarsePass(whole, image, detector)
    let ratio = inputRatio(of: whole, detector)
    let ratios = [ratio, ratio * options.zoom]
    let small = evidence.filter { $0.box.area.squareRoot() * ratio <= defaults.promisingSize }
    let chosen = choose(
      try windows(source), promising: small, count: regionLimit(coarse.multiplyAdds))
    guard !chosen.isEmpty else {
      var results = coarse
      results.needsMerging = false
      return results
    }
    let infinite = InnerBorder.Size2(width: .infinity, height: .infinity)
    var runner = PassRunner(image, detector, results: coarse)
    for region in chosen {
      var pass = PlannedPass(kind: .tile, name: region.regionName, region: region)
      pass.innerBorder = InnerBorder(margin: 1, seenElsewhere: infinite)
      pass.range = defaults.tilesRanges?.range(ratio: ratios[1], among: ratios)
      try runner.run(pass)
    }
    var results = runner.results
    // The smallest boxes of the coarse pass stay where nothing looked again.
    if let range = defaults.tilesRanges?.range(ratio: ratio, among: ratios) {
      results.passes[0].detections.removeAll { detection in
        !range.contains(detection.box) && chosen.contains { $0.holds(detection.box) }
      }
    }
    return results
  }

  /// The pass over the whole picture, and what it saw with less certainty too.
  private func coarsePass(
    _ whole: PlannedPass, _ image: Image, _ detector: any Detector
  ) throws -> (results: PassResults, evidence: [Detection]) {
    let threshold = detector.summary.scoreThreshold
    guard threshold > Self.evidenceThreshold, let dense = detector as? any DenseDetector,
      !dense.heads.isEmpty
    else {
      var runner = PassRunner(image, detector)
      try runner.run(whole)
      let found = runner.results.passes[0].detections
      return (runner.results, found.filter { $0.score > Self.evidenceThreshold })
    }
    let pass = try dense.pass(
      image, inputSize: dense.inputSize(for: image.size, scale: 1),
      heads: Set(dense.heads.indices), scoreThreshold: Self.evidenceThreshold)
    var results = PassResults()
    results.stages = pass.stages
    results.multiplyAdds = pass.multiplyAdds
    results.pixelCount = pass.inputSize.width * pass.inputSize.height
    // Surer boxes never give way to less sure ones: these are what the detector itself keeps.
    results.passes = [
      .init(
        PassReport(
          kind: .level, name: whole.name, region: whole.region, inputSize: pass.inputSize),
        detections: pass.detections.filter { $0.score > threshold })
    ]
    return (results, pass.detections)
  }

  private func windows(_ source: Size) throws -> [Box] {
    func side(_ side: Int) -> Int { max(1, Int((Double(side) / options.zoom).rounded(.up))) }
    let window = Size(width: side(source.width), height: side(source.height))
    func overlap(_ side: Int) -> Int {
      side - min(side, max(1, Int((Double(side) * Self.step).rounded(.up))))
    }
    return try SliceGrid(
      source: source, slice: window,
      overlap: Size(width: overlap(window.width), height: overlap(window.height))
    ).slices.map(\.region)
  }

  /// How many passes of the cost of the first one there is room for, the first one paid.
  private func regionLimit(_ multiplyAdds: Int) -> Int {
    guard let budget = options.budget, multiplyAdds > 0 else { return options.maxRegions }
    let passes = budget * Self.multiplyAddsPerMillisecond / Double(multiplyAdds) - 1
    return min(options.maxRegions, max(0, Int(min(passes, 1e6))))
  }

  /// The most promising window, then the one that promises most of what is left, and so on; equal
  /// promise by the earlier one.
  private func choose(_ windows: [Box], promising: [Detection], count: Int) -> [Box] {
    var rest = promising
    var chosen: [Box] = []
    while chosen.count < count {
      var best = (promise: 0.0, window: -1)
      for (index, window) in windows.enumerated() {
        let promise = rest.reduce(0) { window.holds($1.box) ? $0 + $1.score : $0 }
        if promise > best.promise { best = (promise, index) }
      }
      guard best.promise >= Self.leastPromise else { break }
      let window = windows[best.window]
      chosen.append(window)
      rest.removeAll { window.holds($0.box) }
    }
    return chosen
  }
}

extension Box {
  /// Whether `other` lies inside.
  fileprivate func holds(_ other: Box) -> Bool {
    other.minX >= minX && other.maxX <= maxX && other.minY >= minY && other.maxY <= maxY
  }
}
