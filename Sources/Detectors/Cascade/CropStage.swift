internal import Geometry
internal import Imaging
internal import Neural

/// R-Net or O-Net on crops of the picture, in batches.
final class CropStage {
  private let network: CascadeNetwork
  private let options: CascadeOptions
  private let weights: CascadeWeights
  private let workers: WorkerPool
  /// Compiled when first needed, by batch size.
  private var networks: [Int: Network] = [:]
  /// One batch runs at a time.
  private let memory = WorkingMemory()

  /// What the network says of one crop.
  struct Verdict {
    /// Index into the boxes.
    var index: Int
    var score: Float
    var regression: SIMD4<Float>
    /// Relative to the box: five x, then five y; empty for `.refinement`.
    var landmarks: [Float]
  }

  init(
    _ network: CascadeNetwork, weights: CascadeWeights, options: CascadeOptions,
    workers: WorkerPool
  ) {
    self.network = network
    self.weights = weights
    self.options = options
    self.workers = workers
  }

  private var batchSizes: [Int] { network == .output ? [1, 8, 32] : [1, 8, 32, 128] }

  /// Runs the network on every box that shows part of the picture.
  ///
  /// - Parameters:
  ///   - boxes: Squares, 1-based and inclusive.
  ///   - isMirrored: Whether the crops are mirrored; what the network says is left as it is.
  ///   - multiplyAdds: Those of all batches are added.
  /// - Returns: The crops over `threshold`, in the order of the boxes.
  /// - Throws: `DetectorError.nonFiniteOutput`, `GraphError`.
  func run(
    _ boxes: [Box], _ image: Image, threshold: Double, isMirrored: Bool = false,
    times: inout StageTimes, multiplyAdds: inout Int
  ) throws -> [Verdict] {
    let clock = ContinuousClock()
    let crops = boxes.indices.compactMap { index -> (Int, CropPlacement)? in
      guard let placement = CropPlacement(boxes[index], in: image.size), !placement.isEmpty else {
        return nil
      }
      return (index, placement)
    }
    var verdicts: [Verdict] = []
    var done = 0
    while done < crops.count {
      let start = clock.now
      let batch = batchSize(for: crops.count - done)
      let network = try network(batch: batch)
      let chunk = crops[done..<min(done + batch, crops.count)]
      fill(network, with: chunk.map(\.1), from: image)
      if isMirrored { mirrorInput(of: network) }
      let filled = clock.now
      try network.run()
      multiplyAdds += network.multiplyAdds
      let inferred = clock.now
      try collect(network, indices: chunk.map(\.0), threshold: threshold, into: &verdicts)
      done += chunk.count
      times.preprocess += (filled - start).inSeconds
      times.inference += (inferred - filled).inSeconds
      times.postprocess += (clock.now - inferred).inSeconds
    }
    return verdicts
  }

  /// Makes and runs the networks of all batch sizes.
  ///
  /// - Throws: `GraphError`.
  func reserve() throws {
    for batch in batchSizes { try network(batch: batch).run() }
  }

  /// The largest batch that is filled, or a larger one that is more than half full.
  private func batchSize(for remaining: Int) -> Int {
    let larger = batchSizes.first { $0 >= remaining }
    if let larger, 2 * remaining > larger { return larger }
    return batchSizes.last { $0 <= remaining } ?? batchSizes[0]
  }

  private func fill(_ network: Network, with crops: [CropPlacement], from image: Image) {
    let side = self.network.inputSide
    let conventions = options.conventions
    network.withInput(0) { input in
      // Every job writes a crop of its own.
      nonisolated(unsafe) let base = input.baseAddress!
      workers.run(jobs: crops.count) { job in
        crops[job].resampler(conventions, source: image.size, side: side).fill(
          rows: 0..<side, from: image, into: base + job * 3 * side * side, planeStride: side * side)
      }
    }
  }

  private func mirrorInput(of network: Network) {
    let side = self.network.inputSide
    network.withInput(0) { input in
      for start in stride(from: 0, to: input.count, by: side) {
        input[start..<start + side].reverse()
      }
    }
  }

  private func collect(
    _ network: Network, indices: [Int], threshold: Double, into verdicts: inout [Verdict]
  ) throws {
    let headCount = self.network.headCount
    try network.withOutput(0) { output in
      let used = UnsafeBufferPointer(rebasing: output[..<(indices.count * headCount)])
      if let index = firstNonFinite(used) {
        let name = self.network == .output ? "O-Net" : "R-Net"
        throw DetectorError.nonFiniteOutput(name: name, index: index)
      }
      for (place, index) in indices.enumerated() {
        let row = used[place * headCount..<(place + 1) * headCount]
        let first = row.startIndex
        let score = faceScore(row[first + 1] - row[first])
        guard Double(score) > threshold else { continue }
        verdicts.append(
          Verdict(
            index: index, score: score,
            regression: SIMD4(row[first + 2], row[first + 3], row[first + 4], row[first + 5]),
            landmarks: Array(row.dropFirst(6))))
      }
    }
  }

  private func network(batch: Int) throws -> Network {
    if let network = networks[batch] { return network }
    let side = network.inputSide
    let graph = try network.graph(
      weights: weights, batch: batch, size: Size(width: side, height: side),
      poolsPartialWindows: options.conventions.poolsPartialWindows)
    let compiled = try Network(
      graph, options: ExecutionOptions(instructionSet: options.instructionSet), workers: workers,
      memory: memory)
    networks[batch] = compiled
    return compiled
  }
}

extension CropPlacement {
  /// How the crop becomes a network's input of `side` pixels; part of it lies in the picture.
  func resampler(_ conventions: CascadeConventions, source: Size, side: Int) -> AreaResampler {
    let (origin, window): ((x: Int, y: Int), Size) =
      switch conventions.cropBorder {
      case .black:
        (
          (x.sourceFirst - x.canvasFirst, y.sourceFirst - y.canvasFirst),
          Size(width: x.canvasCount, height: y.canvasCount)
        )
      case .stretched:
        (
          (x.sourceFirst - 1, y.sourceFirst - 1),
          Size(width: x.sourceLast - x.sourceFirst + 1, height: y.sourceLast - y.sourceFirst + 1)
        )
      }
    return AreaResampler(
      conventions.resampling, origin: origin, window: window, source: source,
      to: Size(width: side, height: side), roundsToBytes: false, layout: cascadeLayout)
  }
}
