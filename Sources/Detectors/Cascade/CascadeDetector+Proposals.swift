package import Geometry
package import Imaging
internal import Neural

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What the first network proposes at one level, after the level's suppression.
package struct LevelProposals: Sendable {
  package let scale: Double
  package let size: Size
  /// Cells over the threshold, before suppression.
  package let candidateCount: Int
  let kept: [CascadeCandidate]
}

/// The cascade behind a first network that ran in another way.
extension CascadeDetector {
  /// The first network as a dense detector of its own.
  ///
  /// - Throws: `GraphError` for threads that cannot be had.
  package func makeProposalNetwork() throws -> ProposalNetwork {
    try ProposalNetwork(weights: weights, options: options)
  }

  /// The scales from the one at which the smallest face has the first network's size down to the
  /// one at which the picture's shorter side has, `levelsPerOctave` to each halving.
  package func ladderScales(for size: Size, levelsPerOctave: Int) -> [Double] {
    let first = ScaleLadder.cellSide / options.ladder.minFaceSize
    let side = Double(min(size.width, size.height)) * first
    guard side >= ScaleLadder.cellSide, levelsPerOctave > 0 else { return [] }
    let count = Int(log2(side / ScaleLadder.cellSide) * Double(levelsPerOctave)) + 1
    return (0..<count).map { first * exp2(-Double($0) / Double(levelsPerOctave)) }
  }

  /// A level of the cascade's own ladder.
  package struct LadderLevel: Hashable, Sendable {
    /// Level pixels per source pixel.
    package var scale: Double
    package var size: Size
  }

  /// The levels that `detect(_:)` gives to the first network, largest first.
  ///
  /// - Throws: `DetectorError.pictureTooLarge`.
  package func ladderLevels(for size: Size) throws -> [LadderLevel] {
    try proposals.ladder(for: size)
  }

  /// The proposals in one level's map.
  ///
  /// - Parameters:
  ///   - map: `[6, rows, columns]`: two logits, four regressions.
  ///   - scale: Level pixels per source pixel.
  /// - Throws: `DetectorError.nonFiniteOutput`.
  package func proposals(
    in map: DenseMap, scale: Double, size: Size
  ) throws -> LevelProposals {
    let plane = map.rows * map.columns
    let least = proposals.leastMargin
    let hits = map.values.withUnsafeBufferPointer { values in
      (0..<plane).compactMap { cell -> FusedProposalNetwork.Hit? in
        guard values[plane + cell] - values[cell] >= least else { return nil }
        return FusedProposalNetwork.Hit(
          column: cell % map.columns, row: cell / map.columns,
          logits: SIMD2(values[cell], values[plane + cell]),
          regression: SIMD4(
            values[2 * plane + cell], values[3 * plane + cell], values[4 * plane + cell],
            values[5 * plane + cell]))
      }
    }
    let found = try proposals.candidates(hits, scale: scale)
    return LevelProposals(
      scale: scale, size: size, candidateCount: found.count,
      kept: suppressed(found, overlap: options.conventions.levelOverlap))
  }

  /// The second and third stage on given proposals.
  ///
  /// - Returns: As `detect(_:)`; of the first stage the report has the levels, not the time.
  /// - Throws: `DetectorError`, `GraphError`.
  package func detect(_ image: Image, proposals: [LevelProposals]) throws -> DetectionResult {
    var stage = CascadeReport.Stage(.proposal)
    let all = proposals.flatMap(\.kept)
    let kept = suppressed(all, overlap: options.conventions.proposalOverlap)
    stage.levels = proposals.map {
      .init(scale: $0.scale, size: $0.size, candidates: $0.candidateCount, kept: $0.kept.count)
    }
    stage.candidates = all.count
    stage.kept = kept.count
    return try judge(kept, image, after: stage)
  }

  private func suppressed(
    _ found: [CascadeCandidate], overlap: Double
  ) -> [CascadeCandidate] {
    let suppression = options.conventions.suppression(overlap)
    return suppression.keptIndices(found, laterWinsTies: options.conventions.laterWinsTies)
      .map { found[$0] }
  }
}
