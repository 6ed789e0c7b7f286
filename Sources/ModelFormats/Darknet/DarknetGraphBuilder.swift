internal import Neural

/// Turns a described network and its weights into a graph, section by section. Batch normalisation
/// is folded into the weights, activations ride on their convolutions.
struct DarknetGraphBuilder {
  private(set) var graph = Graph()
  /// The stored tensors in file order.
  private(set) var tensors: [TensorInfo] = []
  private let network: DarknetNetwork
  private var weights: DarknetWeights
  /// Each section's output.
  private var values: [Graph.ValueID] = []
  private let input: Graph.ValueID
  private let allowsNonfinite: Bool

  /// - Throws: `ModelError` when the weights do not fit the network.
  init(_ network: DarknetNetwork, weights: DarknetWeights, allowsNonfinite: Bool) throws {
    self.network = network
    self.weights = weights
    self.allowsNonfinite = allowsNonfinite
    try weights.checkCount(network.weightCount)
    let shape = network.input
    input = graph.addInput(
      name: "data", elementType: .float32,
      dimensions: [.fixed(1), .fixed(shape.channels), .fixed(shape.height), .fixed(shape.width)])
    for layer in network.layers { values.append(try append(layer)) }
    try addOutputs()
  }

  /// The tensors that feed heads, or the last layer's when there is no head.
  private mutating func addOutputs() throws {
    var names: Set<String> = []
    for layer in network.layers {
      guard case .head(let head) = layer.operation, names.insert(head.outputName).inserted else {
        continue
      }
      graph.addOutput(values[layer.section], name: head.outputName)
    }
    if let last = network.layers.last, graph.outputs.isEmpty {
      graph.addOutput(values[last.section], name: last.outputName)
    }
  }

  private func value(of source: DarknetLayer.Source) -> Graph.ValueID {
    switch source {
    case .input: input
    case .section(let index): values[index]
    }
  }

  private mutating func append(_ layer: DarknetLayer) throws -> Graph.ValueID {
    let inputs = layer.sources.map(value(of:))
    let name = layer.outputName
    switch layer.operation {
    case .convolution(let convolution):
      return try append(convolution, layer, inputs[0])
    case .local(let local):
      return try append(local, layer, inputs[0])
    case .connected(let outputs, let isNormalized, let activation):
      let flat = graph.append(Flatten(), name: "\(name)/flatten", inputs: [inputs[0]])
      let (weights, biases) = try connectedWeights(layer, outputs, isNormalized)
      let product = graph.append(
        Gemm(alpha: 1, beta: 1, transposeA: false, transposeB: true), name: "\(name)/product",
        inputs: [flat, weights, biases])
      let shape = try constant([1, outputs, 1, 1], "\(name)/shape")
      let cube = graph.append(Reshape(), name: "\(name)/reshape", inputs: [product, shape])
      return append(activation, name, cube)
    case .maxPool(let pool):
      return graph.append(
        MaxPool(
          kernel: [pool.size, pool.size], strides: [pool.strideY, pool.strideX], dilations: [1, 1],
          padsBegin: [pool.begin, pool.begin], padsEnd: [pool.endY, pool.endX]),
        name: name, inputs: inputs)
    case .globalAveragePool:
      return graph.append(GlobalPool(function: .average), name: name, inputs: inputs)
    case .route(let groups, let groupIndex):
      return try appendRoute(layer, inputs, groups: groups, groupIndex: groupIndex)
    case .shortcut(let activation):
      var sum = inputs[0]
      for (index, addend) in inputs.dropFirst().enumerated() {
        let isLast = index == inputs.count - 2
        sum = graph.append(
          ElementwiseBinary(function: .add), name: isLast ? name : "\(name)/sum_\(index)",
          inputs: [sum, addend])
      }
      return append(activation, name, sum)
    case .product(let activation):
      let product = append(ElementwiseBinary(function: .multiply), name, inputs)
      return append(activation, name, product)
    case .upsample(let stride, let scale):
      return try appendUpsample(inputs[0], name, stride: stride, scale: scale)
    case .reorg(let stride):
      return graph.append(DarknetReorg(stride: stride), name: name, inputs: inputs)
    case .spaceToDepth(let stride):
      return graph.append(SpaceToDepth(block: stride), name: name, inputs: inputs)
    case .identity, .head:
      return inputs[0]
    }
  }

  // MARK: Pieces

  mutating func constant(_ numbers: [Int], _ name: String) throws -> Graph.ValueID {
    graph.addConstant(try Tensor(vector: numbers), name: name)
  }

  mutating func append(
    _ operation: any Operator, _ name: String, _ inputs: [Graph.ValueID]
  ) -> Graph.ValueID {
    graph.append(operation, name: name, inputs: inputs)
  }

  mutating func append(
    _ activation: DarknetActivation, _ name: String, _ value: Graph.ValueID
  ) -> Graph.ValueID {
    if activation == .linear { return value }
    return graph.append(
      Activation(function: activation.function), name: "\(name)/activation", inputs: [value])
  }

  /// The next stored tensor, checked and listed.
  mutating func take(_ shape: [Int], _ layer: DarknetLayer, _ what: String) throws -> Tensor {
    let name = "\(layer.outputName).\(what)"
    tensors.append(
      TensorInfo(
        name: name, elementType: ElementType.float32.rawValue, dimensions: shape.map { .fixed($0) })
    )
    return try weights.take(shape, name: name)
  }

  private mutating func takeNormalization(
    _ layer: DarknetLayer, _ count: Int
  ) throws -> DarknetNormalization {
    let normalization = DarknetNormalization(
      scales: try take([count], layer, "scales").elements(Float.self),
      means: try take([count], layer, "rolling_mean").elements(Float.self),
      variances: try take([count], layer, "rolling_variance").elements(Float.self))
    if !allowsNonfinite, let index = normalization.variances.firstIndex(where: { $0 < 0 }) {
      throw ModelError.tensor(
        "\(layer.outputName).rolling_variance",
        "has the negative variance \(normalization.variances[index]) at \(index)")
    }
    return normalization
  }

  /// Folding can overflow where the stored numbers did not.
  mutating func addWeights(
    _ tensor: Tensor, _ layer: DarknetLayer, _ what: String
  ) throws -> Graph.ValueID {
    let name = "\(layer.outputName).\(what)"
    let nonfinite = tensor.nonfiniteCount
    if !allowsNonfinite && !nonfinite.isZero {
      throw ModelError.tensor(name, "\(nonfinite.detail) once normalisation is folded in")
    }
    return graph.addConstant(tensor, name: name)
  }

  private mutating func append(
    _ convolution: DarknetLayer.Convolution, _ layer: DarknetLayer, _ input: Graph.ValueID
  ) throws -> Graph.ValueID {
    let filters = convolution.filters
    var biases = try take([filters], layer, "biases")
    let normalization =
      convolution.isNormalized ? try takeNormalization(layer, filters) : nil
    // [filters, channels of a group, rows, columns]
    var kernels = try take(
      [
        filters, layer.inputs[0].channels / convolution.groups, convolution.size,
        convolution.size,
      ], layer, "weights")
    if let normalization {
      biases = try normalization.foldedBiases(biases)
      try normalization.fold(into: &kernels)
    }
    let padding = convolution.padding * convolution.dilation
    return graph.append(
      Convolution(
        strides: [convolution.strideY, convolution.strideX],
        dilations: [convolution.dilation, convolution.dilation], padsBegin: [padding, padding],
        padsEnd: [padding, padding], groups: convolution.groups,
        activation: convolution.activation.function),
      name: layer.outputName,
      inputs: [
        input, try addWeights(kernels, layer, "weights"), try addWeights(biases, layer, "biases"),
      ])
  }

  private mutating func connectedWeights(
    _ layer: DarknetLayer, _ outputs: Int, _ isNormalized: Bool
  ) throws -> (weights: Graph.ValueID, biases: Graph.ValueID) {
    let inputs = layer.inputs[0].count
    var biases = try take([outputs], layer, "biases")
    var matrix: Tensor
    if weights.isTransposed {
      matrix = try ElementOrder.transposed(take([inputs, outputs], layer, "weights"))
    } else {
      matrix = try take([outputs, inputs], layer, "weights")
    }
    if isNormalized {
      let normalization = try takeNormalization(layer, outputs)
      biases = try normalization.foldedBiases(biases)
      try normalization.fold(into: &matrix)
    }
    return (
      try addWeights(matrix, layer, "weights"), try addWeights(biases, layer, "biases")
    )
  }

  private mutating func appendRoute(
    _ layer: DarknetLayer, _ inputs: [Graph.ValueID], groups: Int, groupIndex: Int
  ) throws -> Graph.ValueID {
    let name = layer.outputName
    var parts: [Graph.ValueID] = []
    for (index, input) in inputs.enumerated() {
      guard groups > 1 else {
        parts.append(input)
        continue
      }
      let channels = layer.inputs[index].channels / groups
      let bounds = [
        try constant([channels * groupIndex], "\(name)/start_\(index)"),
        try constant([channels * (groupIndex + 1)], "\(name)/end_\(index)"),
        try constant([1], "\(name)/axis_\(index)"),
      ]
      parts.append(
        graph.append(
          Slice(), name: inputs.count == 1 ? name : "\(name)/part_\(index)",
          inputs: [input] + bounds))
    }
    if parts.count == 1 { return parts[0] }
    return graph.append(Concat(axis: 1), name: name, inputs: parts)
  }

  private mutating func appendUpsample(
    _ input: Graph.ValueID, _ name: String, stride: Int, scale: Float
  ) throws -> Graph.ValueID {
    let scales = graph.addConstant(
      try Tensor([1, 1, Float(stride), Float(stride)], shape: [4]), name: "\(name)/scales")
    let resized = graph.append(
      Resize(mode: .nearest, coordinates: .asymmetric, nearest: .floor), name: name,
      inputs: [input, nil, scales])
    if scale == 1 { return resized }
    let factor = graph.addConstant(try Tensor([scale], shape: []), name: "\(name)/factor")
    return graph.append(
      ElementwiseBinary(function: .multiply), name: "\(name)/scaled", inputs: [resized, factor])
  }
}
