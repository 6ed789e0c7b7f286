internal import Geometry
internal import Imaging
internal import Neural

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

/// P-Net over all levels of the ladder. Networks are kept for the sizes met last.
final class ProposalStage {
  private let options: CascadeOptions
  private let weights: CascadeWeights
  private let workers: WorkerPool
  private var networks: [Size: (network: Network, lastUse: Int)] = [:]
  private var useCount = 0

  /// Pixels of a band: its widest tensor takes 16 bytes a pixel and should stay in the cache.
  private static let bandPixels = 160_000
  /// Bytes that networks not in use may hold.
  private static let cachedByteLimit = 512 << 20
  /// Rows of a level that a job resizes.
  private static let rowsPerJob = 8

  init(weights: CascadeWeights, options: CascadeOptions, workers: WorkerPool) {
    self.weights = weights
    self.options = options
    self.workers = workers
  }

  /// Proposals of all levels after suppression, not yet regressed.
  ///
  /// - Throws: `DetectorError.pictureTooLarge`, `.nonFiniteOutput`, `GraphError`.
  func run(
    _ image: Image, stage: inout CascadeReport.Stage, times: inout StageTimes
  ) throws -> [CascadeCandidate] {
    let conventions = options.conventions
    let levels = options.ladder.scales(for: image.size).map { scale in
      (
        scale,
        ScaleLadder.levelSize(image.size, scale: scale, rounding: conventions.levelRounding)
      )
    }
    var pixels = 0
    for (_, size) in levels {
      let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
      guard !overflow, area <= CascadeOptions.pixelLimit - pixels else {
        throw DetectorError.pictureTooLarge(image.size, levelPixelLimit: CascadeOptions.pixelLimit)
      }
      pixels += area
    }
    var all: [CascadeCandidate] = []
    for (scale, size) in levels where size.width >= 12 && size.height >= 12 {
      let found = try candidates(image, scale: scale, size: size, times: &times)
      let clock = ContinuousClock()
      let start = clock.now
      let kept = suppressed(found, overlap: conventions.levelOverlap)
      all += kept
      stage.levels.append(
        .init(scale: scale, size: size, candidates: found.count, kept: kept.count))
      times.postprocess += (clock.now - start).inSeconds
    }
    let kept = suppressed(all, overlap: conventions.proposalOverlap)
    stage.candidates = all.count
    stage.kept = kept.count
    return kept
  }

  private func suppressed(_ found: [CascadeCandidate], overlap: Double) -> [CascadeCandidate] {
    let suppression = Suppression(
      overlapThreshold: overlap, plus: options.conventions.unionPlus,
      preLimit: CascadeOptions.proposalLimit)
    return suppression.keptIndices(found, laterWinsTies: options.conventions.laterWinsTies)
      .map { found[$0] }
  }

  /// The cells of one level over the threshold.
  private func candidates(
    _ image: Image, scale: Double, size: Size, times: inout StageTimes
  ) throws -> [CascadeCandidate] {
    let clock = ContinuousClock()
    let start = clock.now
    let resampler = AreaResampler(
      options.conventions.resampling, window: image.size, source: image.size, to: size,
      roundsToBytes: options.conventions.roundsLevelsToBytes, layout: cascadeLayout)
    let bands = LevelBands(size, pixelBudget: Self.bandPixels)
    let network = try network(for: bands.size)
    var found: [CascadeCandidate] = []
    times.preprocess += (clock.now - start).inSeconds
    for band in bands.bands {
      let start = clock.now
      fill(network, band: band, size: bands.size, from: image, by: resampler)
      let filled = clock.now
      try network.run()
      let inferred = clock.now
      try collect(network, band: band, width: size.width, scale: scale, into: &found)
      times.preprocess += (filled - start).inSeconds
      times.inference += (inferred - filled).inSeconds
      times.postprocess += (clock.now - inferred).inSeconds
    }
    return found
  }

  private func fill(
    _ network: Network, band: LevelBands.Band, size: Size, from image: Image,
    by resampler: AreaResampler
  ) {
    network.withInput(0) { input in
      // Every job writes rows of its own.
      nonisolated(unsafe) let base = input.baseAddress!
      let jobs = (size.height + Self.rowsPerJob - 1) / Self.rowsPerJob
      workers.run(jobs: jobs) { job in
        let first = job * Self.rowsPerJob
        let end = min(first + Self.rowsPerJob, size.height)
        resampler.fill(
          rows: band.start + first..<band.start + end, from: image,
          into: base + first * size.width, planeStride: size.width * size.height)
      }
    }
  }

  private func collect(
    _ network: Network, band: LevelBands.Band, width: Int, scale: Double,
    into found: inout [CascadeCandidate]
  ) throws {
    let shape = network.outputs[0].type.shape  // [1, 6, rows, columns]
    let (rows, columns) = (shape[2], shape[3])
    let plane = rows * columns
    let threshold = options.thresholds[0]
    let keepsEqual = options.conventions.keepsProposalsAtThreshold
    // In logits, with room for the rounding of the score.
    let least = Float(log(max(threshold, 1e-30) / max(1 - threshold, 1e-30)) - 1e-3)
    try network.withOutput(0) { output in
      if let index = firstNonFinite(output) {
        throw DetectorError.nonFiniteOutput(name: "P-Net", index: index)
      }
      for row in band.outputRows {
        let line = (row - band.start / 2) * columns
        for column in 0..<columns {
          let cell = line &+ column
          let margin = output[plane &+ cell] - output[cell]
          guard margin >= least else { continue }
          let score = faceScore(margin)
          guard Double(score) > threshold || (keepsEqual && Double(score) == threshold) else {
            continue
          }
          let regression = SIMD4(
            output[2 &* plane &+ cell], output[3 &* plane &+ cell], output[4 &* plane &+ cell],
            output[5 &* plane &+ cell])
          found.append(
            CascadeCandidate(
              box: Box(cascadeCell: column, row: row, scale: scale), score: score,
              regression: regression))
        }
      }
    }
    if found.count > 2 * CascadeOptions.proposalLimit {
      found.sort { $0.score > $1.score }
      found.removeSubrange(CascadeOptions.proposalLimit...)
    }
  }

  private func network(for size: Size) throws -> Network {
    useCount += 1
    if let entry = networks[size] {
      networks[size]?.lastUse = useCount
      return entry.network
    }
    let graph = try CascadeNetwork.proposal.graph(
      weights: weights, batch: 1, size: size,
      poolsPartialWindows: options.conventions.poolsPartialWindows)
    let network = try Network(
      graph, options: ExecutionOptions(instructionSet: options.instructionSet), workers: workers)
    var byteCount = networks.values.reduce(network.workingByteCount) {
      $0 + $1.network.workingByteCount
    }
    while byteCount > Self.cachedByteLimit,
      let oldest = networks.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      byteCount -= oldest.value.network.workingByteCount
      networks[oldest.key] = nil
    }
    networks[size] = (network, useCount)
    return network
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
