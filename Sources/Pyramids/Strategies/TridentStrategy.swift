package import Detectors
package import Geometry
package import Imaging
internal import Neural

/// One picture through parallel branches that share all weights and differ in dilation, each of
/// which answers for a range of object sizes (TridentNet, Li et al. 2019, arXiv:1901.01892).
///
/// The network up to the first dilated convolution runs once. Networks that were not trained with
/// dilated branches lose accuracy on the branches but the first.
package final class TridentStrategy: PyramidStrategy {
  /// What the caller may set.
  package struct Options: Hashable, Sendable {
    package var dilations = [1, 2, 3]
    /// One per dilation, in source pixels; `nil` lets the first of three branches answer for all
    /// sizes and the others for large objects only, which costs networks trained without dilation
    /// least (the paper's are 0-90, 30-160 and 90 upwards, for trained branches).
    package var ranges: [ScaleRange]?
    /// Convolutions on maps of this stride, in input pixels; `nil` takes the largest that has any.
    package var strideInPixels: Int?

    package init() {}
  }

  package let options: Options
  private var prepared: (detector: ObjectIdentifier, size: Size, branches: Branches)?

  /// The trunk before the first dilated convolution, if anything can be shared, and one network per
  /// dilation behind it.
  private struct Branches {
    var trunk: Network?
    var branches: [Network]
  }

  /// `sqrt(width * height)` at a shorter side of the input of 800 pixels, as published ranges are.
  private static let defaultRanges: [(low: Double?, high: Double?)] = [
    (nil, nil), (320, nil), (400, nil),
  ]
  private static let rangesSide = 800.0

  /// - Throws: `PyramidError.invalidOption`.
  package init(_ options: Options = Options()) throws(PyramidError) {
    guard (1...8).contains(options.dilations.count) else {
      throw .invalidOption("\(options.dilations.count) dilations: between 1 and 8 are taken")
    }
    for dilation in options.dilations where !(1...64).contains(dilation) {
      throw .invalidOption("dilation \(dilation): must be in 1...64")
    }
    guard Set(options.dilations).count == options.dilations.count else {
      throw .invalidOption("a dilation is given twice")
    }
    if let ranges = options.ranges {
      guard ranges.count == options.dilations.count else {
        throw .invalidOption("\(ranges.count) ranges for \(options.dilations.count) dilations")
      }
    } else if ![1, Self.defaultRanges.count].contains(options.dilations.count) {
      throw .invalidOption(
        "\(options.dilations.count) dilations need ranges, one each (--scale-ranges)")
    }
    self.options = options
  }

  package var name: String { "trident" }

  package func check(_ detector: any Detector) throws(PyramidError) {
    if detector is CascadeDetector {
      throw .unsuitable(
        strategy: name,
        reason: "the cascade's first network names the 12 pixels that it sees, so that dilated it "
          + "would name others than it saw")
    }
    guard let dense = detector as? any DenseDetector, !dense.heads.isEmpty else {
      throw .unsuitable(
        strategy: name,
        reason: "the outputs of family \(detector.summary.family) are no grids of cells")
    }
  }

  package func look(at image: Image, with detector: any Detector) throws -> PassResults {
    guard let dense = detector as? any DenseDetector else {
      throw PyramidError.unsuitable(strategy: name, reason: "the detector is no dense network")
    }
    let size = dense.inputSize(for: image.size, scale: 1)
    let networks = try branches(of: dense, ObjectIdentifier(detector), size)
    let clock = ContinuousClock()
    var start = clock.now
    func lap() -> Double {
      defer { start = clock.now }
      return (clock.now - start) / .seconds(1)
    }
    var results = PassResults()
    var letterbox: Letterbox?
    if let trunk = networks.trunk {
      letterbox = trunk.withInput(0) {
        dense.fill($0, canvas: size, from: image, resampling: nil)
      }
      results.stages.preprocess += lap()
      try trunk.run()
      results.stages.inference += lap()
      results.multiplyAdds += trunk.multiplyAdds
    }
    results.pixelCount = size.width * size.height
    for (index, branch) in networks.branches.enumerated() {
      let placed: Letterbox
      if let trunk = networks.trunk, let letterbox {
        placed = letterbox
        branch.takeInputs(from: trunk)
      } else {
        placed = branch.withInput(0) {
          dense.fill($0, canvas: size, from: image, resampling: nil)
        }
        results.stages.preprocess += lap()
      }
      try branch.run()
      results.stages.inference += lap()
      results.multiplyAdds += branch.multiplyAdds
      results.passes.append(
        try pass(branch, index, placed.map, size, image, dense))
      results.stages.postprocess += lap()
    }
    return results
  }

  /// What one branch found within its range.
  private func pass(
    _ branch: Network, _ index: Int, _ map: CoordinateMap, _ size: Size, _ image: Image,
    _ dense: any DenseDetector
  ) throws -> PassResults.Pass {
    var found: [Detection] = []
    for map in try dense.maps(of: branch, inputSize: size) { found += dense.decode(map) }
    let back = map.inverse
    let range = try range(index, size, scale: map.scaleX)
    let kept = dense.keptIndices(found).compactMap { place -> Detection? in
      var detection = found[place].mapped(through: back)
      guard range.contains(detection.box) else { return nil }
      if dense.clipsToPicture { detection.clip(to: image.size) }
      return detection.box.isValid ? detection : nil
    }
    let region = Box(
      minX: 0, minY: 0, maxX: Double(image.size.width), maxY: Double(image.size.height))
    return PassResults.Pass(
      PassReport(
        kind: .level, name: "dilation \(options.dilations[index])", region: region,
        inputSize: size), detections: kept)
  }

  /// The range of a branch in source pixels.
  ///
  /// - Parameter scale: Input pixels per source pixel.
  private func range(_ index: Int, _ size: Size, scale: Double) throws -> ScaleRange {
    if let ranges = options.ranges { return ranges[index] }
    guard options.dilations.count == Self.defaultRanges.count else {
      return try ScaleRange(low: nil, high: nil)
    }
    let unit = Double(min(size.width, size.height)) / Self.rangesSide / scale
    let bounds = Self.defaultRanges[index]
    return try ScaleRange(low: bounds.low.map { $0 * unit }, high: bounds.high.map { $0 * unit })
  }

  private func branches(
    of dense: any DenseDetector, _ identity: ObjectIdentifier, _ size: Size
  ) throws -> Branches {
    if let prepared, prepared.detector == identity, prepared.size == size {
      return prepared.branches
    }
    prepared = nil
    let graph = try dense.graph
    let shaped = try ShapedGraph(
      graph, inputShapes: [graph.inputs[0].name: [1, 3, size.height, size.width]])
    let positions = try shaped.dilatableConvolutions(
      stride: options.strideInPixels.map(Double.init))
    guard !positions.isEmpty else {
      throw PyramidError.unsuitable(
        strategy: name,
        reason: "the network has no convolution of stride 1 and an odd window"
          + (options.strideInPixels.map { " on maps of stride \($0)" } ?? "") + " to dilate")
    }
    let workers = try WorkerPool(threads: dense.executionOptions.threads)
    func compile(_ part: ShapedGraph, _ memory: WorkingMemory? = nil) throws -> Network {
      try Network(part, options: dense.executionOptions, workers: workers, memory: memory)
    }
    // Where other things than maps to be shared cross, every branch runs whole.
    let shared = shaped.cut(before: positions).flatMap { cut in
      (try? shaped.divided(at: cut)).map { (cut: cut, trunk: $0.backbone) }
    }
    var result = Branches(trunk: try shared.map { try compile($0.trunk) }, branches: [])
    let memory = WorkingMemory()
    for dilation in options.dilations {
      let branch = try shaped.dilated(positions, by: dilation)
      result.branches.append(
        try compile(try shared.map { try branch.divided(at: $0.cut).rest } ?? branch, memory))
    }
    prepared = (identity, size, result)
    return result
  }
}
