package import Geometry
package import Imaging
package import Neural

extension GridDetector: DenseDetector {
  /// Only of a detector that keeps its graph (`DetectorOptions.keepsGraph`).
  package var graph: Graph {
    guard let source else { preconditionFailure("the detector was made without its graph") }
    let names = Set(network.outputs.map(\.name))
    var graph = source.graph
    graph.outputs.removeAll { !names.contains($0.name) }
    return graph
  }

  package var executionOptions: ExecutionOptions { sizes.options }

  package var heads: [DenseHead] { Self.layouts(plan).map(\.head) }

  /// Five halvings, as in all of these families.
  package var inputMultiple: Int { 32 }

  package func inputSize(for source: Size, scale: Double) -> Size {
    if scale == 1 { return summary.inputSize }
    func side(_ side: Int) -> Int { DetectorOptions.inputSide(Double(side) * scale, multiple: 32) }
    return Size(width: side(summary.inputSize.width), height: side(summary.inputSize.height))
  }

  package func accepts(_ inputSize: Size) -> Bool {
    if inputSize == summary.inputSize { return true }
    guard let source else { return false }
    return sizes.accepts(inputSize, source)
  }

  package func network(for inputSize: Size) throws -> Network {
    if inputSize == summary.inputSize { return network }
    guard let source else {
      throw DetectorError.inputSizeMismatch(requested: inputSize, fixed: summary.inputSize)
    }
    return try sizes.network(inputSize, source)
  }

  package func fill(
    _ input: UnsafeMutableBufferPointer<Float>, canvas: Size, from image: Image,
    resampling: InputResampling?
  ) -> Letterbox {
    var preprocessing = preprocessing
    if let resampling { preprocessing.resampling = resampling }
    return preprocessing.fill(input, canvas: canvas, from: image)
  }

  package func maps(of network: Network, inputSize: Size) throws -> [DenseMap] {
    var maps: [DenseMap] = []
    let plan = try plan(for: inputSize)
    for layout in Self.layouts(plan) {
      try withOutputs(layout.outputs, of: network) { tensors in
        for (output, tensor) in zip(layout.outputs, tensors) {
          if let index = firstNonFinite(tensor) {
            throw DetectorError.nonFiniteOutput(name: network.outputs[output].name, index: index)
          }
        }
        let grid = layout.layout.grid
        maps.append(
          DenseMap(
            head: maps.count, strideInPixels: grid.strideInPixels, columns: grid.columns,
            rows: grid.rows, channels: layout.layout.channels, values: layout.layout.values(tensors)
          )
        )
      }
    }
    return maps
  }

  package func decode(_ map: DenseMap, scoreThreshold: Double?) -> [Detection] {
    var candidates = candidates(
      in: map, scoreThreshold: Float(scoreThreshold ?? summary.scoreThreshold))
    if let wantedClasses {
      candidates.entries.removeAll { !wantedClasses.contains($0.classID) }
    }
    return candidates.detections(at: Array(candidates.entries.indices))
  }

  /// Every (box, class) pair of a level or a window of one over a threshold, wanted or not, in pixels
  /// from the map's first cell.
  func candidates(in map: DenseMap, scoreThreshold: Float) -> Candidates {
    let decoder = Self.layouts(plan)[map.head].decoder
    let level = GridLevel(
      strideInPixels: map.strideInPixels, columns: map.columns, rows: map.rows)
    var candidates = Candidates()
    map.values.withUnsafeBufferPointer {
      decoder.decoder(of: level, inputSize: map.levelSize).decode(
        [$0], scoreThreshold: scoreThreshold, into: &candidates)
    }
    if decoder.isAbsolute && map.origin != (0, 0) {
      let shift = CoordinateMap(
        scaleX: 1, scaleY: 1, offsetX: -Double(map.origin.x), offsetY: -Double(map.origin.y))
      for index in candidates.boxes.indices {
        candidates.boxes[index] = shift.apply(candidates.boxes[index])
      }
    }
    return candidates
  }

  /// The decoder that reads a head.
  func decoder(ofHead head: Int) -> any DenseGridDecoder { Self.layouts(plan)[head].decoder }

  package func keptIndices(_ detections: [Detection]) -> [Int] {
    suppression.keptIndices(detections)
  }

  /// One pass at an input size with every head speaking: as `detect`, at another size.
  ///
  /// - Throws: `GraphError`, `DetectorError`.
  package func wholePass(
    _ image: Image, inputSize: Size, resampling: InputResampling?
  ) throws -> DensePass {
    let network = try network(for: inputSize)
    let plan = try plan(for: inputSize)
    let clock = ContinuousClock()
    let start = clock.now
    let letterbox = network.withInput(0) {
      fill($0, canvas: inputSize, from: image, resampling: resampling)
    }
    let filled = clock.now
    try network.run()
    let inferred = clock.now
    let found = detections(
      try candidates(of: network, plan), letterbox, sourceSize: image.size)
    var stages = StageTimes()
    stages.preprocess = (filled - start).inSeconds
    stages.inference = (inferred - filled).inSeconds
    stages.postprocess = (clock.now - inferred).inSeconds
    return DensePass(
      detections: found, heads: [], stages: stages, inputSize: inputSize,
      multiplyAdds: network.multiplyAdds)
  }

  func plan(for inputSize: Size) throws -> GridPlan {
    if inputSize == summary.inputSize { return plan }
    guard let source else {
      throw DetectorError.inputSizeMismatch(requested: inputSize, fixed: summary.inputSize)
    }
    return try sizes.plan(inputSize, source)
  }

  /// One level of one of the plan's heads.
  private struct PlacedLayout {
    var outputs: [Int]
    var decoder: any DenseGridDecoder
    var layout: GridMapLayout

    var head: DenseHead {
      DenseHead(strideInPixels: layout.grid.strideInPixels, channels: layout.channels)
    }
  }

  /// All levels, finest first; none where an output is no grid.
  private static func layouts(_ plan: GridPlan) -> [PlacedLayout] {
    var result: [PlacedLayout] = []
    for head in plan.heads {
      guard let decoder = head.decoder as? any DenseGridDecoder else { return [] }
      let layouts = decoder.mapLayouts
      if layouts.isEmpty { return [] }
      result += layouts.map { PlacedLayout(outputs: head.outputs, decoder: decoder, layout: $0) }
    }
    // A stable order among equal strides.
    return result.enumerated().sorted {
      let (first, second) = ($0.element.layout.grid, $1.element.layout.grid)
      return first.strideInPixels != second.strideInPixels
        ? first.strideInPixels < second.strideInPixels : $0.offset < $1.offset
    }.map(\.element)
  }
}
