package import Detectors
package import Geometry
package import Imaging

/// An image pyramid: a ladder of resized copies of the picture, each through the detector.
///
/// What scale `s` means:
/// - Grid networks: an input of `s` times the detector's own (`--imgsz`), rounded to a multiple of
///   32. Where the network takes no other size, a level with `s > 1` is a grid of overlapping windows
///   of `1 / s` of the picture's sides, and one with `s < 1` is the picture in the corner of a grey
///   one `1 / s` as large: both reach the network at the size wanted.
/// - Heatmap networks that follow the picture: the picture resized by `s`.
/// - The cascade: its whole ladder on the picture resized by `s`.
///
/// Levels other than 1 are resized with an antialiasing filter. Boxes go back by the ratio of the
/// sizes actually used.
package final class ImageStrategy: PyramidStrategy {
  /// What the caller may set.
  package struct Options: Hashable, Sendable {
    /// `nil` for the detector's defaults.
    package var scales: [Double]?
    /// Instead of `scales`.
    package var ladder: OctaveLadder?
    /// Whether each level is also looked at mirrored.
    package var isMirrored = false
    package var ranges = RangeChoice.automatic
    /// Names of heads that speak; `nil` for all.
    package var levels: [String]?

    package init() {}
  }

  package let options: Options
  private let scales: [Double]?

  /// Scales that may be asked for, and how many.
  package static let scaleRange = 1.0 / 64...16
  package static let levelLimit = 64
  /// The share of a window that neighbours overlap by, at the levels of networks of fixed size.
  private static let windowOverlap = 0.25

  /// - Throws: `PyramidError.invalidOption`.
  package init(_ options: Options = Options()) throws(PyramidError) {
    if let scales = options.scales {
      guard !scales.isEmpty, scales.count <= Self.levelLimit else {
        throw .invalidOption("\(scales.count) scales: between 1 and \(Self.levelLimit) are taken")
      }
      for scale in scales where !Self.scaleRange.contains(scale) {
        throw .invalidOption("scale \(scale): must be in 1/64...16")
      }
      guard Set(scales).count == scales.count else {
        throw .invalidOption("a scale is given twice")
      }
      if case .given(let ranges) = options.ranges, ranges.count != scales.count {
        throw .invalidOption("\(ranges.count) ranges for \(scales.count) scales")
      }
    } else if case .given = options.ranges {
      throw .invalidOption("ranges go with scales: one for each")
    }
    self.options = options
    scales = options.scales
  }

  package var name: String { "image" }

  package func check(_ detector: any Detector) throws(PyramidError) {
    guard let levels = options.levels else { return }
    _ = try chosenHeads(levels, of: requireHeads(of: detector, for: "image --levels"))
  }

  package func merging(for detector: any Detector) -> Merging {
    StrategyDefaults(detector).imageMerging
  }

  package func look(at image: Image, with detector: any Detector) throws -> PassResults {
    let heads: Set<Int>? =
      if let levels = options.levels {
        try chosenHeads(levels, of: requireHeads(of: detector, for: name))
      } else { nil }
    var runner = PassRunner(image, detector, heads: heads)
    try runner.run(try passes(for: image.size, detector))
    return runner.results
  }

  /// The passes over a picture of `source` pixels, one or more per level.
  ///
  /// - Throws: `PyramidError.invalidOption` where a level has too many windows.
  package func passes(
    for source: Size, _ detector: any Detector
  ) throws(PyramidError) -> [PlannedPass] {
    let defaults = StrategyDefaults(detector)
    var scales = self.scales ?? options.ladder?.scales(for: source) ?? defaults.imageScales
    if scales.isEmpty { scales = [1] }
    let ratios = scales.map { ratio($0, source, detector) }
    var passes: [PlannedPass] = []
    for (index, scale) in scales.enumerated() {
      var level = try levelPasses(scale, source, detector)
      for place in level.indices {
        level[place].range =
          switch options.ranges {
          case .automatic: defaults.imageRanges?.range(ratio: ratios[index], among: ratios)
          case .all: nil
          case .given(let ranges): ranges[index]
          }
      }
      passes += level
      guard options.isMirrored else { continue }
      passes += level.map { pass in
        var pass = pass
        pass.isMirrored = true
        pass.name += " flip"
        return pass
      }
    }
    return passes
  }

  /// Input pixels per source pixel of a level.
  private func ratio(_ scale: Double, _ source: Size, _ detector: any Detector) -> Double {
    guard let dense = detector as? any DenseDetector else { return scale }
    let own = dense.inputSize(for: source, scale: 1)
    let asked = dense.inputSize(for: source, scale: scale)
    let used = dense.accepts(asked) ? Double(asked.width) / Double(own.width) : scale
    return used
      * min(
        Double(own.width) / Double(source.width), Double(own.height) / Double(source.height))
  }

  private func levelPasses(
    _ scale: Double, _ source: Size, _ detector: any Detector
  ) throws(PyramidError) -> [PlannedPass] {
    var whole = PlannedPass(kind: .level, name: scaleName(scale), region: Box(whole: source))
    whole.scale = scale
    guard scale != 1, let dense = detector as? any DenseDetector,
      !dense.accepts(dense.inputSize(for: source, scale: scale))
    else { return [whole] }
    whole.scale = 1
    func side(_ side: Int) -> Int { max(1, Int((Double(side) / scale).rounded(.up))) }
    let window = Size(width: side(source.width), height: side(source.height))
    if scale < 1 {
      whole.region = Box(whole: window)
      return [whole]
    }
    let overlap = Size(
      width: Int(Double(window.width) * Self.windowOverlap),
      height: Int(Double(window.height) * Self.windowOverlap))
    return try SliceGrid(source: source, slice: window, overlap: overlap).slices.map { slice in
      var pass = PlannedPass(
        kind: .tile, name: "\(scaleName(scale)) \(slice.region.regionName)", region: slice.region)
      pass.innerBorder = InnerBorder(
        margin: 1,
        seenElsewhere: .init(width: Double(overlap.width), height: Double(overlap.height)))
      return pass
    }
  }
}
