package import Geometry
package import Imaging
package import Neural

/// The cascade's first network, seen as the dense detector that it is: 12 pixels a cell, stride 2,
/// valid convolutions.
///
/// Its boxes are proposals, not yet faces: only the stages after it tell.
package final class ProposalNetwork: DenseDetector {
  private let weights: CascadeWeights
  private let options: CascadeOptions
  private let workers: WorkerPool
  private let memory = WorkingMemory()
  package let executionOptions: ExecutionOptions
  private var networks: [(size: Size, network: Network)] = []

  /// Networks kept at most.
  private static let countLimit = 16

  /// - Throws: `GraphError` for threads that cannot be had.
  package init(weights: CascadeWeights, options: CascadeOptions) throws {
    self.weights = weights
    self.options = options
    executionOptions = ExecutionOptions(
      threads: options.threads, instructionSet: options.instructionSet)
    workers = try WorkerPool(threads: options.threads)
  }

  /// For an input of 12 x 12 pixels, its sizes left open.
  package var graph: Graph {
    get throws {
      var graph = try shaped(Size(width: 12, height: 12)).graph
      graph.inputs[0].dimensions = [
        .fixed(1), .fixed(3), .symbolic("height"), .symbolic("width"),
      ]
      return graph
    }
  }

  package var heads: [DenseHead] {
    [DenseHead(strideInPixels: 2, channels: CascadeNetwork.proposal.headCount)]
  }

  package var inputMultiple: Int { 1 }

  package var clipsToPicture: Bool { options.clipsToPicture }

  /// The size of the ladder's level at `scale` source pixels, by the conventions' rounding.
  package func inputSize(for source: Size, scale: Double) -> Size {
    let size = ScaleLadder.levelSize(
      source, scale: scale, rounding: options.conventions.levelRounding)
    let side = CascadeNetwork.proposal.inputSide...DetectorOptions.inputSideLimit
    return Size(
      width: min(max(size.width, side.lowerBound), side.upperBound),
      height: min(max(size.height, side.lowerBound), side.upperBound))
  }

  package func accepts(_ inputSize: Size) -> Bool {
    min(inputSize.width, inputSize.height) >= CascadeNetwork.proposal.inputSide
  }

  package func network(for inputSize: Size) throws -> Network {
    if let index = networks.firstIndex(where: { $0.size == inputSize }) {
      let entry = networks.remove(at: index)
      networks.append(entry)
      return entry.network
    }
    if networks.count >= Self.countLimit { networks.removeFirst() }
    let network = try Network(
      shaped(inputSize), options: executionOptions, workers: workers, memory: memory)
    networks.append((inputSize, network))
    return network
  }

  /// The whole picture by areas, `(sample - 127.5) / 128`; `resampling` is not looked at.
  package func fill(
    _ input: UnsafeMutableBufferPointer<Float>, canvas: Size, from image: Image,
    resampling: InputResampling?
  ) -> Letterbox {
    let resampler = AreaResampler(
      options.conventions.resampling, window: image.size, source: image.size, to: canvas,
      roundsToBytes: options.conventions.roundsLevelsToBytes, layout: cascadeLayout)
    if let base = input.baseAddress {
      resampler.fill(
        rows: 0..<canvas.height, from: image, into: base,
        planeStride: canvas.width * canvas.height)
    }
    return Letterbox(.stretch, source: image.size, canvas: canvas)
  }

  /// `[6, rows, columns]` with `rows = ceil((height - 2) / 2) - 4`: two logits, four regressions.
  package func maps(of network: Network, inputSize: Size) throws -> [DenseMap] {
    let shape = network.outputs[0].type.shape  // [1, 6, rows, columns]
    return [
      DenseMap(
        head: 0, strideInPixels: 2, columns: shape[3], rows: shape[2], channels: shape[1],
        values: try finiteOutput(0, of: network))
    ]
  }

  /// Squares of 12 pixels moved by their regression, for cells over the first threshold.
  package func decode(_ map: DenseMap, scoreThreshold: Double?) -> [Detection] {
    let plane = map.columns * map.rows
    var result: [Detection] = []
    for cell in 0..<plane {
      let score = Double(faceScore(map.values[plane + cell] - map.values[cell]))
      guard score > scoreThreshold ?? options.thresholds[0] else { continue }
      let x = Double(cell % map.columns * 2)
      let y = Double(cell / map.columns * 2)
      let regression = SIMD4<Double>(
        (0..<4).map { Double(map.values[(2 + $0) * plane + cell]) })
      let square = Box(minX: x, minY: y, maxX: x + 12, maxY: y + 12)
      result.append(
        Detection(box: square.regressed(by: regression, plus: 0), score: score, classID: 0))
    }
    return result
  }

  package func keptIndices(_ detections: [Detection]) -> [Int] {
    Suppression(
      overlapThreshold: options.conventions.levelOverlap, plus: options.conventions.unionPlus,
      preLimit: CascadeOptions.proposalLimit
    ).keptIndices(detections)
  }

  private func shaped(_ size: Size) throws -> ShapedGraph {
    try CascadeNetwork.proposal.graph(
      weights: weights, batch: 1, size: size,
      poolsPartialWindows: options.conventions.poolsPartialWindows)
  }
}
