internal import Geometry
internal import Imaging
package import Neural

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A box between two stages: 1-based, inclusive.
struct CascadeCandidate {
  var box: Box
  var score: Float
  var regression: SIMD4<Float>
}

/// P-Net over all levels of the ladder.
final class ProposalStage {
  let options: CascadeOptions
  let network: FusedProposalNetwork
  private let workers: WorkerPool

  /// A level of the ladder.
  struct Level {
    var scale: Double
    var size: Size
    var resampler: AreaResampler
  }

  /// The least difference of a cell's logits that may be over the threshold, with room for the
  /// rounding of the score.
  var leastMargin: Float {
    let threshold = options.thresholds[0]
    return Float(log(max(threshold, 1e-30) / max(1 - threshold, 1e-30)) - 1e-3)
  }

  init(weights: CascadeWeights, options: CascadeOptions, workers: WorkerPool) throws {
    self.options = options
    self.workers = workers
    network = try weights.proposalNetwork(instructionSet: options.instructionSet ?? .best)
  }

  /// Proposals of all levels after suppression, not yet regressed.
  ///
  /// Levels are resized as the network needs their rows; that counts as inference.
  /// - Throws: `DetectorError.pictureTooLarge`, `.nonFiniteOutput`, `GraphError`.
  func run(
    _ image: Image, stage: inout CascadeReport.Stage, times: inout StageTimes
  ) throws -> [CascadeCandidate] {
    let clock = ContinuousClock()
    let start = clock.now
    let levels = try levels(for: image)
    let prepared = clock.now
    let hits = try hits(levels, image)
    let inferred = clock.now
    let all = try suppressed(hits, levels, &stage)
    let kept = options.conventions.suppression(options.conventions.proposalOverlap)
      .keptIndices(all, laterWinsTies: options.conventions.laterWinsTies).map { all[$0] }
    stage.candidates = all.count
    for level in levels {
      stage.multiplyAdds += FusedProposalNetwork.multiplyAdds(
        width: level.size.width, height: level.size.height,
        poolsPartialWindows: options.conventions.poolsPartialWindows)
    }
    stage.kept = kept.count
    times.preprocess += (prepared - start).inSeconds
    times.inference += (inferred - prepared).inSeconds
    times.postprocess += (clock.now - inferred).inSeconds
    return kept
  }

  func levels(for image: Image) throws -> [Level] {
    let conventions = options.conventions
    return try ladder(for: image.size).map { level in
      Level(
        scale: level.scale, size: level.size,
        resampler: AreaResampler(
          conventions.resampling, window: image.size, source: image.size, to: level.size,
          roundsToBytes: conventions.roundsLevelsToBytes, layout: cascadeLayout))
    }
  }

  /// The levels for a picture of that size that hold a cell.
  func ladder(for source: Size) throws -> [CascadeDetector.LadderLevel] {
    let conventions = options.conventions
    var pixels = 0
    var levels: [CascadeDetector.LadderLevel] = []
    for scale in options.ladder.scales(for: source, stepwise: conventions.multipliesScales) {
      let size = ScaleLadder.levelSize(
        source, scale: scale, rounding: conventions.levelRounding)
      let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
      guard !overflow, area <= CascadeOptions.pixelLimit - pixels else {
        throw DetectorError.pictureTooLarge(source, levelPixelLimit: CascadeOptions.pixelLimit)
      }
      pixels += area
      if size.width >= 12 && size.height >= 12 { levels.append(.init(scale: scale, size: size)) }
    }
    return levels
  }

  /// By level, each in the order of its rows.
  private func hits(_ levels: [Level], _ image: Image) throws -> [[FusedProposalNetwork.Hit]] {
    let tiles = LevelTiles(
      levels.map(\.size), poolsPartialWindows: options.conventions.poolsPartialWindows
    ).entries
    var results = [[FusedProposalNetwork.Hit]?](repeating: nil, count: tiles.count)
    let least = leastMargin
    let network = network
    let columns = tiles.reduce(0) { max($0, $1.tile.columns.count) }
    try image.samples.withUnsafeBufferPointer { samples in
      try results.withUnsafeMutableBufferPointer { results in
        // Every job writes an element of its own; the samples are only read.
        nonisolated(unsafe) let results = results
        nonisolated(unsafe) let samples = samples
        try workers.run(
          jobs: tiles.count, scratchByteCount: network.scratchByteCount(columns: columns)
        ) { job, scratch in
          let resampler = levels[tiles[job].level].resampler
          results[job] = network.hits(in: tiles[job].tile, least: least, scratch: scratch) {
            row, columns, planes, stride in
            resampler.fill(
              rows: row..<row + 1, columns: columns, from: samples, into: planes,
              planeStride: stride)
          }
        }
      }
    }
    var found = [[FusedProposalNetwork.Hit]](repeating: [], count: levels.count)
    var isSorted = [Bool](repeating: true, count: levels.count)
    for (entry, hits) in zip(tiles, results) {
      guard let hits else { throw GraphError.outOfMemory(byteCount: 0) }
      if entry.tile.columns.lowerBound > 0 && !hits.isEmpty { isSorted[entry.level] = false }
      found[entry.level] += hits
    }
    for level in found.indices where !isSorted[level] {
      found[level].sort { ($0.row, $0.column) < ($1.row, $1.column) }
    }
    return found
  }

  /// The candidates that suppression within each level leaves.
  private func suppressed(
    _ hits: [[FusedProposalNetwork.Hit]], _ levels: [Level], _ stage: inout CascadeReport.Stage
  ) throws -> [CascadeCandidate] {
    let conventions = options.conventions
    let found = try zip(hits, levels).map { try candidates($0, scale: $1.scale) }
    var kept = [[CascadeCandidate]](repeating: [], count: levels.count)
    let suppression = conventions.suppression(conventions.levelOverlap)
    kept.withUnsafeMutableBufferPointer { kept in
      // Every job writes an element of its own.
      nonisolated(unsafe) let kept = kept
      workers.run(jobs: levels.count) { level in
        kept[level] = suppression.keptIndices(
          found[level], laterWinsTies: conventions.laterWinsTies
        ).map { found[level][$0] }
      }
    }
    for (index, level) in levels.enumerated() {
      stage.levels.append(
        .init(
          scale: level.scale, size: level.size, candidates: found[index].count,
          kept: kept[index].count))
    }
    return kept.flatMap { $0 }
  }

  /// The cells of one level over the threshold.
  func candidates(
    _ hits: [FusedProposalNetwork.Hit], scale: Double
  ) throws -> [CascadeCandidate] {
    let threshold = options.thresholds[0]
    let conventions = options.conventions
    var found: [CascadeCandidate] = []
    found.reserveCapacity(hits.count)
    for (index, hit) in hits.enumerated() {
      let margin = hit.logits[1] - hit.logits[0]
      guard margin.isFinite, hit.regression.sum().isFinite else {
        throw DetectorError.nonFiniteOutput(name: "P-Net", index: index)
      }
      let score = faceScore(margin)
      guard
        Double(score) > threshold
          || (conventions.keepsProposalsAtThreshold && Double(score) == threshold)
      else { continue }
      var candidate = CascadeCandidate(
        box: Box(
          cascadeCell: hit.column, row: hit.row, scale: scale,
          precision: conventions.precision, keepsFractions: conventions.keepsProposalFractions),
        score: score, regression: hit.regression)
      if conventions.regressesProposalsFirst {
        candidate.box = conventions.regressed(
          candidate.box, by: hit.regression, plus: conventions.proposalRegressionPlus)
        candidate.regression = .zero
      }
      found.append(candidate)
    }
    if found.count > 2 * CascadeOptions.proposalLimit {
      found.sort { $0.score > $1.score }
      found.removeSubrange(CascadeOptions.proposalLimit...)
    }
    return found
  }
}

/// `(sample - 127.5) / 128`, RGB.
let cascadeLayout = TensorLayout(
  order: .rgb, scale: 0.0078125, mean: [127.5 / 128, 127.5 / 128, 127.5 / 128])

/// The softmax of two logits that differ by `margin`: face against not a face.
///
/// In Float32 steps, as runtimes compute it: scores that are equal there are equal here.
package func faceScore(_ margin: Float) -> Float {
  let smaller = Float(exp(-Double(abs(margin))))
  return (margin >= 0 ? 1 : smaller) / (1 + smaller)
}

extension CascadeConventions {
  /// Suppression by intersection over union between stages.
  func suppression(_ overlap: Double) -> Suppression {
    var suppression = Suppression(
      overlapThreshold: overlap, plus: unionPlus, preLimit: CascadeOptions.proposalLimit)
    suppression.removedBoxesSuppress = removedBoxesSuppress
    return suppression
  }
}

extension CascadeWeights {
  /// P-Net with these parameters.
  ///
  /// - Throws: `DetectorError.invalidWeights`, `GraphError`.
  package func proposalNetwork(instructionSet: InstructionSet = .best) throws
    -> FusedProposalNetwork
  {
    let layers = try (1...3).map { index in
      let layer = "\(CascadeNetwork.proposal.rawValue).conv\(index)"
      return FusedProposalNetwork.Layer(
        kernel: try tensor("\(layer).weights"), bias: try tensor("\(layer).bias"),
        slopes: try tensor("\(layer).slopes"))
    }
    return try FusedProposalNetwork(
      layers: layers, heads: tensor("p.heads.weights"), headBias: tensor("p.heads.bias"),
      instructionSet: instructionSet)
  }
}

extension Suppression {
  /// As `keptIndices`, for one class.
  func keptIndices(_ candidates: [CascadeCandidate], laterWinsTies: Bool) -> [Int] {
    guard laterWinsTies else { return keptIndices(Candidates(candidates)) }
    return keptIndices(Candidates(candidates.reversed())).map { candidates.count - 1 - $0 }
  }
}

extension Candidates {
  /// One class, one entry per box, in order.
  init(_ candidates: [CascadeCandidate]) {
    self.init()
    boxes.reserveCapacity(candidates.count)
    entries.reserveCapacity(candidates.count)
    for candidate in candidates {
      append(boxIndex: addBox(candidate.box), classID: 0, score: candidate.score)
    }
  }
}
