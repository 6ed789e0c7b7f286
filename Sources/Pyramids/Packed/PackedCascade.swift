internal import Detectors
internal import Geometry
internal import Imaging
internal import Neural

/// The cascade with its first network on canvases: the levels of its ladder side by side, one run for
/// all on a canvas, then the other stages as they are.
///
/// The first network's convolutions do not pad, so that levels need no gaps. It runs as a graph here,
/// in the cascade itself by a kernel of its own, which adds up in another order: scores agree to
/// rounding.
final class PackedCascade: Detector {
  private let base: CascadeDetector
  private let proposals: ProposalNetwork
  private var cache: PackedCache

  /// - Throws: `GraphError` for threads that cannot be had.
  func reserve() throws { try base.reserve() }

  init(_ base: CascadeDetector, canvas: Size?) throws {
    self.base = base
    proposals = try base.makeProposalNetwork()
    cache = PackedCache(canvas: canvas)
  }

  var summary: DetectorSummary { base.summary }

  /// As `CascadeDetector.detect`.
  ///
  /// - Throws: `PyramidError.invalidOption` for a canvas that holds no level, too.
  func detect(_ image: Image) throws -> DetectionResult {
    let clock = ContinuousClock()
    let start = clock.now
    var stages = StageTimes()
    let ladder = try base.ladderLevels(for: image.size)
    var multiplyAdds = 0
    var found = [LevelProposals?](repeating: nil, count: ladder.count)
    if !ladder.isEmpty {
      let levels = try cache.levels(ladder.map(\.size), of: proposals)
      for plane in levels.planes {
        try run(plane, ladder, image, &stages, &found)
        multiplyAdds += plane.network.multiplyAdds
      }
    }
    let firstStage = (clock.now - start).inSeconds
    var result = try base.detect(image, proposals: found.compactMap { $0 })
    if result.cascade?.stages.isEmpty == false {
      result.cascade?.stages[0].seconds = firstStage
      result.cascade?.stages[0].multiplyAdds = multiplyAdds
    }
    result.stages += stages
    return result
  }

  /// The proposals of the levels on one canvas.
  private func run(
    _ plane: PackedLevels.Plane, _ ladder: [CascadeDetector.LadderLevel], _ image: Image,
    _ stages: inout StageTimes, _ found: inout [LevelProposals?]
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    plane.fill { index, values in
      _ = proposals.fill(values, canvas: ladder[index].size, from: image, resampling: nil)
    }
    let filled = clock.now
    try plane.network.run()
    let inferred = clock.now
    for map in try proposals.maps(of: plane.network, inputSize: plane.canvas) {
      for (position, level) in plane.levels.enumerated() {
        guard let window = plane.window(of: map, level: position) else { continue }
        let (scale, size) = (ladder[level.index].scale, ladder[level.index].size)
        found[level.index] = try base.proposals(in: window, scale: scale, size: size)
      }
    }
    stages.preprocess += (filled - start).inSeconds
    stages.inference += (inferred - filled).inSeconds
    stages.postprocess += (clock.now - inferred).inSeconds
  }
}
