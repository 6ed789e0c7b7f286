package import Geometry
package import Imaging
package import Neural

extension HeatmapDetector: DenseDetector {
  package var graph: Graph {
    var graph = networks.graph
    graph.outputs = plan.outputs.map { networks.graph.outputs[$0] }
    return graph
  }

  package var executionOptions: ExecutionOptions { networks.options }

  /// One head of all maps: heatmaps, size, offset, landmarks, in the plan's order; none for text,
  /// whose lines are regions, not cells.
  package var heads: [DenseHead] {
    guard plan.family != .dbText else { return [] }
    let conventions = plan.conventions
    return [
      DenseHead(
        strideInPixels: conventions.strideInPixels,
        channels: plan.classCount + 2 + (plan.hasOffset ? 2 : 0) + 2 * conventions.landmarkCount)
    ]
  }

  /// Five halvings inside the networks of these families.
  package var inputMultiple: Int { 32 }

  package func inputSize(for source: Size, scale: Double) -> Size {
    if scale == 1 { return sizing.inputSize(for: source) }
    if case .fixed(let size) = sizing {
      func side(_ side: Int) -> Int {
        DetectorOptions.inputSide(Double(side) * scale, multiple: inputMultiple)
      }
      return Size(width: side(size.width), height: side(size.height))
    }
    let size = sizing.inputSize(for: source)
    func side(_ side: Int) -> Int {
      min(
        DetectorOptions.inputSide(Double(side) * scale, multiple: inputMultiple),
        InputSizing.sideLimit)
    }
    return Size(width: side(size.width), height: side(size.height))
  }

  package func accepts(_ inputSize: Size) -> Bool { (try? networks.check(inputSize)) != nil }

  package func network(for inputSize: Size) throws -> Network { try select(inputSize) }

  package func fill(
    _ input: UnsafeMutableBufferPointer<Float>, canvas: Size, from image: Image,
    resampling: InputResampling?
  ) -> Letterbox {
    var preprocessing = preprocessing
    if let resampling { preprocessing.resampling = resampling }
    return preprocessing.fill(input, canvas: canvas, from: image)
  }

  package func maps(of network: Network, inputSize: Size) throws -> [DenseMap] {
    guard let head = heads.first else { return [] }
    let isWhole = network.outputs.count != plan.outputs.count
    let maps = try plan.outputs.enumerated().map { position, output in
      try finiteOutput(isWhole ? output : position, of: network)
    }
    var values: [Float] = []
    values.reserveCapacity(maps.reduce(0) { $0 + $1.count })
    for (position, map) in maps.enumerated() {
      values += position == 0 && plan.appliesSigmoid ? map.map { Float(sigmoid($0)) } : map
    }
    let stride = head.strideInPixels
    return [
      DenseMap(
        head: 0, strideInPixels: stride, columns: inputSize.width / stride,
        rows: inputSize.height / stride, channels: head.channels, values: values)
    ]
  }

  package func decode(_ map: DenseMap, scoreThreshold: Double?) -> [Detection] {
    let cellCount = map.columns * map.rows
    var first = 0
    func next(_ channels: Int) -> [Float] {
      defer { first += channels * cellCount }
      return Array(map.values[first..<first + channels * cellCount])
    }
    let heat = next(plan.classCount)
    let size = next(2)
    let offset = plan.hasOffset ? next(2) : nil
    let landmarkChannels = 2 * plan.conventions.landmarkCount
    let maps = HeatmapMaps(
      columns: map.columns, rows: map.rows, classCount: plan.classCount, heat: heat, size: size,
      offset: offset, landmarks: landmarkChannels > 0 ? next(landmarkChannels) : nil)
    var conventions = decoder.conventions
    conventions.suppression = nil
    conventions.candidateLimit = nil
    return HeatmapDecoder(conventions).decode(
      maps, inputSize: map.inputSize, extent: map.extent,
      scoreThreshold: scoreThreshold ?? summary.scoreThreshold, classes: wantedClasses)
  }

  package func keptIndices(_ detections: [Detection]) -> [Int] {
    // Peaks need no suppression, only their limit: no IoU exceeds 1.
    var suppression = decoder.conventions.suppression ?? Suppression(overlapThreshold: 1)
    suppression.maxDetections = summary.maxDetections
    return suppression.keptIndices(detections)
  }

  package func wholePass(
    _ image: Image, inputSize: Size, resampling: InputResampling?
  ) throws -> DensePass {
    let clock = ContinuousClock()
    let network = try select(inputSize)
    let start = clock.now
    let letterbox = network.withInput(0) {
      fill($0, canvas: inputSize, from: image, resampling: resampling)
    }
    view = letterbox
    let filled = clock.now
    try infer()
    let inferred = clock.now
    let found = try decode(letterbox, sourceSize: image.size)
    var stages = StageTimes()
    stages.preprocess = (filled - start).inSeconds
    stages.inference = (inferred - filled).inSeconds
    stages.postprocess = (clock.now - inferred).inSeconds
    return DensePass(
      detections: found, heads: [], stages: stages, inputSize: inputSize,
      multiplyAdds: network.multiplyAdds)
  }
}
