package import Detectors
package import Geometry
package import Imaging

/// Windows that slide over the picture at its own resolution, each through the detector, and the
/// whole picture beside them (Akyon et al. 2022, "Slicing aided hyper inference",
/// arXiv:2202.06934).
package final class TilesStrategy: PyramidStrategy {
  /// What the caller may set.
  package struct Options: Hashable, Sendable {
    /// Of windows, in pixels of the level.
    package var slice = Size(width: 512, height: 512)
    /// Shares of the slice's sides that neighbours overlap by.
    package var overlapWidthRatio = 0.2
    package var overlapHeightRatio = 0.2
    /// Whether the whole picture is looked at too.
    package var includesWhole = true
    /// Levels that are cut into windows; scale 2 has windows of half the source pixels.
    package var scales = [1.0]
    package var ranges = RangeChoice.automatic

    package init() {}
  }

  package let options: Options

  /// Longest side of a window.
  package static let sliceLimit = 1 << 16

  /// - Throws: `PyramidError.invalidOption`.
  package init(_ options: Options = Options()) throws(PyramidError) {
    let side = 1...Self.sliceLimit
    guard side.contains(options.slice.width), side.contains(options.slice.height) else {
      throw .invalidOption("slices of \(options.slice): sides must be in 1...\(Self.sliceLimit)")
    }
    for ratio in [options.overlapWidthRatio, options.overlapHeightRatio]
    where !(0...0.9).contains(ratio) {
      throw .invalidOption("overlap ratio \(ratio): must be in 0...0.9")
    }
    guard (1...ImageStrategy.levelLimit).contains(options.scales.count),
      options.scales.allSatisfy(ImageStrategy.scaleRange.contains)
    else {
      throw .invalidOption(
        "scales: between 1 and \(ImageStrategy.levelLimit) of them in 1/64...16 are taken")
    }
    if case .given(let ranges) = options.ranges {
      let count = options.scales.count + (options.includesWhole ? 1 : 0)
      guard ranges.count == count else {
        throw .invalidOption(
          "\(ranges.count) ranges for \(count) kinds of pass (the whole picture first, then a range "
            + "per scale)")
      }
    }
    self.options = options
  }

  package var name: String { "tiles" }

  package func merging(for detector: any Detector) -> Merging {
    StrategyDefaults(detector).tilesMerging
  }

  package func look(at image: Image, with detector: any Detector) throws -> PassResults {
    var runner = PassRunner(image, detector)
    try runner.run(try passes(for: image.size, detector))
    return runner.results
  }

  /// The passes over a picture: the whole of it, then the windows of each scale.
  ///
  /// - Throws: `PyramidError.invalidOption` for too many windows.
  package func passes(
    for source: Size, _ detector: any Detector
  ) throws(PyramidError) -> [PlannedPass] {
    let whole = PlannedPass(kind: .level, name: "1x", region: Box(whole: source))
    var groups: [[PlannedPass]] = options.includesWhole ? [[whole]] : []
    for scale in options.scales { groups.append(try windows(scale, source)) }
    let defaults = StrategyDefaults(detector)
    let ratios = groups.map { group in
      group.first.map { inputRatio(of: $0, detector) } ?? 1
    }
    for index in groups.indices {
      let range: ScaleRange? =
        switch options.ranges {
        case .automatic: defaults.tilesRanges?.range(ratio: ratios[index], among: ratios)
        case .all: nil
        case .given(let ranges): ranges[index]
        }
      for place in groups[index].indices { groups[index][place].range = range }
    }
    // A window that is the whole picture repeats the pass over it.
    if options.includesWhole {
      for index in groups.indices.dropFirst() {
        groups[index].removeAll { $0.region == whole.region }
      }
      if groups.dropFirst().allSatisfy(\.isEmpty) { groups[0][0].range = nil }
    }
    return groups.flatMap { $0 }
  }

  private func windows(_ scale: Double, _ source: Size) throws(PyramidError) -> [PlannedPass] {
    func side(_ side: Int) -> Int { max(1, Int((Double(side) / scale).rounded())) }
    let slice = Size(width: side(options.slice.width), height: side(options.slice.height))
    // Truncated, as the package that introduced the slices does.
    let overlap = Size(
      width: Int(options.overlapWidthRatio * Double(slice.width)),
      height: Int(options.overlapHeightRatio * Double(slice.height)))
    let prefix = scale == 1 ? "" : "\(scaleName(scale)) "
    return try SliceGrid(source: source, slice: slice, overlap: overlap).slices.map { slice in
      var pass = PlannedPass(
        kind: .tile, name: prefix + slice.region.regionName, region: slice.region)
      let seen =
        options.includesWhole
        ? InnerBorder.Size2(width: .infinity, height: .infinity)
        : InnerBorder.Size2(width: Double(overlap.width), height: Double(overlap.height))
      pass.innerBorder = InnerBorder(margin: 1, seenElsewhere: seen)
      return pass
    }
  }
}

/// Input pixels per source pixel of a pass.
func inputRatio(of pass: PlannedPass, _ detector: any Detector) -> Double {
  guard let dense = detector as? any DenseDetector else { return pass.scale }
  let size = Size(width: Int(pass.region.width), height: Int(pass.region.height))
  let input = dense.inputSize(for: size, scale: pass.scale)
  return min(
    Double(input.width) / pass.region.width, Double(input.height) / pass.region.height)
}
