package import Detectors
package import Geometry
package import Imaging
internal import Neural

/// A fast feature pyramid: of each octave of an image pyramid one level is computed from the
/// picture up to a cut in the network; at the levels between, the maps that cross the cut are
/// resampled and corrected by a power law, and only the rest of the network runs (Dollár et al.
/// 2014, "Fast feature pyramids for object detection", with a network's maps for channels).
package final class FeatureResampledStrategy: PyramidStrategy {
  /// What the caller may set.
  package struct Options: Hashable, Sendable {
    /// From the detector's own size downwards (of the cascade, from its first level).
    package var levelsPerOctave = 8
    /// Levels of each octave that are computed from the picture, evenly spread; a divisor of
    /// `levelsPerOctave`.
    package var realPerOctave = 1
    /// Octaves of grid and heatmap networks; the cascade's ladder ends where no cell is left.
    package var octaves = 1
    /// The layer behind which the network is divided; `nil` chooses.
    package var cut: String?
    package var exponents = CutExponents.uniform(0)

    package init() {}
  }

  package let options: Options
  private let ladder: OctaveLadder
  /// The networks of the detector met last.
  private var prepared: (detector: ObjectIdentifier, dense: any DenseDetector, cut: CutNetworks)?

  /// - Throws: `PyramidError.invalidOption`.
  package init(_ options: Options = Options()) throws(PyramidError) {
    self.options = options
    guard options.realPerOctave > 0, options.levelsPerOctave % options.realPerOctave == 0 else {
      throw .invalidOption(
        "\(options.realPerOctave) levels of an octave computed: must divide "
          + "\(options.levelsPerOctave) levels per octave")
    }
    do {
      ladder = try OctaveLadder(
        levelsPerOctave: options.levelsPerOctave, octaves: options.octaves,
        minimumSize: Size(width: 1, height: 1))
    } catch {
      throw .invalidOption("\(error)")
    }
    if case .uniform(let lambda) = options.exponents, !(abs(lambda) <= 16) {
      throw .invalidOption("lambda \(lambda): must be in -16...16")
    }
  }

  package var name: String { "feature-resampled" }

  package func check(_ detector: any Detector) throws(PyramidError) {
    if detector is CascadeDetector { return }
    guard let dense = detector as? any DenseDetector, !dense.heads.isEmpty else {
      throw .unsuitable(
        strategy: name,
        reason:
          "the outputs of family \(detector.summary.family) are no grids of cells, which maps "
          + "of other sizes would need")
    }
  }

  /// The layer behind which a detector's network is divided.
  ///
  /// - Throws: `GraphError` where it cannot be.
  package func cutName(for detector: any Detector) throws -> String {
    try prepare(detector).cut.cut.name
  }

  private func prepare(
    _ detector: any Detector
  ) throws -> (dense: any DenseDetector, cut: CutNetworks) {
    let identity = ObjectIdentifier(detector)
    if let prepared, prepared.detector == identity { return (prepared.dense, prepared.cut) }
    let (dense, first) = try divisibleNetwork(of: detector, strategy: name)
    let cut = try CutNetworks(dense, layer: options.cut, size: first)
    prepared = (identity, dense, cut)
    return (dense, cut)
  }

  package func look(at image: Image, with detector: any Detector) throws -> PassResults {
    let (dense, cut) = try prepare(detector)
    if let cascade = detector as? CascadeDetector {
      return try look(at: image, with: cascade, dense, cut)
    }
    let levels = ResampledLadder(
      scales: ladder.scales(for: dense.inputSize(for: image.size, scale: 1)),
      approximatedCount: options.levelsPerOctave / options.realPerOctave - 1
    ) { dense.inputSize(for: image.size, scale: $0) }
    if let refused = levels.levels.first(where: { !dense.accepts($0.size) }) {
      throw PyramidError.unsuitable(
        strategy: name,
        reason: "the network takes no input of \(refused.size), which the ladder needs")
    }
    var results = PassResults()
    try run(image, levels, dense, cut, &results) { level, network, map, results in
      var found: [Detection] = []
      for map in try dense.maps(of: network, inputSize: level.size) { found += dense.decode(map) }
      let back = map.inverse
      let kept = dense.keptIndices(found).compactMap { index -> Detection? in
        var detection = found[index].mapped(through: back)
        if dense.clipsToPicture { detection.clip(to: image.size) }
        return detection.box.isValid ? detection : nil
      }
      results.passes.append(.init(report(level, image), detections: kept))
    }
    return results
  }

  /// The cascade: proposals of resampled levels, the other stages as they are.
  private func look(
    at image: Image, with cascade: CascadeDetector, _ dense: any DenseDetector, _ cut: CutNetworks
  ) throws -> PassResults {
    let levels = ResampledLadder(
      scales: cascade.ladderScales(for: image.size, levelsPerOctave: options.levelsPerOctave),
      approximatedCount: options.levelsPerOctave / options.realPerOctave - 1
    ) { dense.inputSize(for: image.size, scale: $0) }
    var results = PassResults()
    var proposals: [LevelProposals] = []
    try run(image, levels, dense, cut, &results) { level, network, _, _ in
      for map in try dense.maps(of: network, inputSize: level.size) {
        proposals.append(try cascade.proposals(in: map, scale: level.scale, size: level.size))
      }
    }
    let clock = ContinuousClock()
    let start = clock.now
    let faces = try cascade.detect(image, proposals: proposals)
    let later = seconds(clock.now - start)
    results.stages.inference += later
    results.stages.inferenceParts.append(.init("later stages", seconds: later))
    results.cascade = faces.cascade
    results.multiplyAdds += faces.cascade?.multiplyAdds ?? 0
    results.needsMerging = false
    results.passes = [
      .init(
        PassReport(
          kind: .level, name: "\(levels.levels.count) levels", region: whole(image),
          inputSize: image.size), detections: faces.detections)
    ]
    return results
  }

  private typealias Visit = (
    _ level: ResampledLadder.Level, _ network: Network, _ map: CoordinateMap,
    _ results: inout PassResults
  ) throws -> Void

  /// Runs every level's network and visits it, real levels' octaves one after the other.
  private func run(
    _ image: Image, _ ladder: ResampledLadder, _ dense: any DenseDetector, _ cut: CutNetworks,
    _ results: inout PassResults, visit: Visit
  ) throws {
    let clock = ContinuousClock()
    let exponents = options.exponents.values(cut.cut.valueNames)
    var (backboneTime, restTime) = (0.0, 0.0)
    for place in ladder.realPlaces {
      let real = ladder.levels[place]
      let backbone = try cut.backbone(for: real.size)
      var start = clock.now
      let letterbox = backbone.withInput(0) {
        dense.fill(
          $0, canvas: real.size, from: image, resampling: real.scale == 1 ? nil : .antialiased)
      }
      results.stages.preprocess += seconds(clock.now - start)
      start = clock.now
      try backbone.run()
      backboneTime += seconds(clock.now - start)
      results.multiplyAdds += backbone.multiplyAdds
      results.pixelCount += real.size.width * real.size.height
      for level in ladder.levels where level.source == place {
        let ratio =
          (Double(level.size.width) / Double(real.size.width)
          * Double(level.size.height) / Double(real.size.height)).squareRoot()
        let rest = try cut.rest(
          for: level.size, from: real.size,
          factors: exponents.map {
            RealLevels.correction(scale: ratio, source: 1, lambda: $0)
          })
        start = clock.now
        rest.takeInputs(from: backbone)
        try rest.run()
        restTime += seconds(clock.now - start)
        results.multiplyAdds += rest.multiplyAdds
        start = clock.now
        try visit(
          level, rest, letterbox.map.then(.resize(from: real.size, to: level.size)), &results)
        results.stages.postprocess += seconds(clock.now - start)
      }
    }
    results.stages.inference = backboneTime + restTime
    results.stages.inferenceParts = [
      .init("backbone", seconds: backboneTime), .init("rest", seconds: restTime),
    ]
  }

  private func report(_ level: ResampledLadder.Level, _ image: Image) -> PassReport {
    let thousandths = Int((level.scale * 1000).rounded())
    return PassReport(
      kind: .level, name: "\(Double(thousandths) / 1000)x", region: whole(image),
      inputSize: level.size)
  }

  private func whole(_ image: Image) -> Box {
    Box(
      minX: 0, minY: 0, maxX: Double(image.size.width), maxY: Double(image.size.height))
  }

  private func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
