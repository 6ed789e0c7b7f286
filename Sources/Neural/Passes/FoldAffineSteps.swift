extension Passes {
  /// Folds what follows a convolution and is affine per channel into its weights and bias: batch
  /// normalisation (Ioffe & Szegedy 2015, at inference), and adding to, subtracting from,
  /// multiplying or dividing by a constant per channel.
  @Sendable static func foldAffineSteps(_ graph: inout ShapedGraph) throws {
    var changed = true
    while changed {
      changed = false
      let readers = graph.readers()
      var removed: Set<Int> = []
      var replacements: [Graph.ValueID: Graph.ValueID] = [:]
      var touched: Set<Int> = []
      let makers = graph.makers()
      for (position, node) in graph.graph.nodes.enumerated() {
        guard let (value, affine) = try AffineStep.make(node, in: graph),
          let producer = makers[value], !touched.contains(producer),
          readers[value]?.count == 1,
          let runs = weightRuns(of: graph.graph.nodes[producer], in: graph),
          try fold(affine, runs, intoConvolutionAt: producer, of: &graph)
        else { continue }
        replacements[node.outputs[0]] = value
        removed.insert(position)
        touched.insert(producer)
        changed = true
      }
      graph.replace(replacements)
      graph.removeNodes(at: removed)
    }
  }

  /// Output channels, and runs of weights that count for the same one.
  private struct WeightRuns {
    var channels: Int
    var length: Int
    var channel: (_ run: Int) -> Int
  }

  /// Of a convolution or transposed convolution that ends in its sums; `nil` for other nodes and
  /// where weights are not constant.
  private static func weightRuns(of node: Graph.Node, in graph: ShapedGraph) -> WeightRuns? {
    guard node.inputs.count >= 2, node.inputs.count <= 3, let value = node.inputs[1],
      let shape = graph.graph.constants[value]?.shape, shape.count > 2,
      shape.allSatisfy({ $0 > 0 })
    else { return nil }
    let area = shape.dropFirst(2).reduce(1, *)
    if let convolution = node.operation as? Convolution {
      guard convolution.activation == .identity, convolution.residual == .none else { return nil }
      return WeightRuns(channels: shape[0], length: shape[1] * area) { $0 }
    }
    guard let convolution = node.operation as? ConvolutionTranspose,
      convolution.activation == .identity
    else { return nil }
    let groupInputs = shape[0] / convolution.groups
    return WeightRuns(channels: shape[1] * convolution.groups, length: area) {
      $0 / shape[1] / groupInputs * shape[1] + $0 % shape[1]
    }
  }

  /// Rewrites weights and bias; false when they are not constant or sizes disagree.
  private static func fold(
    _ affine: AffineStep, _ runs: WeightRuns, intoConvolutionAt position: Int,
    of graph: inout ShapedGraph
  ) throws -> Bool {
    let node = graph.graph.nodes[position]
    guard let weightValue = node.inputs[1],
      var weights = graph.graph.constants[weightValue], weights.elementType == .float32
    else { return false }
    let channels = runs.channels
    guard affine.scale.count == channels, affine.shift.count == channels else { return false }
    var bias = [Float](repeating: 0, count: channels)
    if node.inputs.count > 2, let biasValue = node.inputs[2] {
      guard let constant = graph.graph.constants[biasValue], constant.count == channels else {
        return false
      }
      bias = constant.floats()
    }
    try weights.withUnsafeMutableBytes { bytes in
      let elements = bytes.bindMemory(to: Float.self)
      for run in 0..<elements.count / runs.length {
        let scale = affine.scale[runs.channel(run)]
        for index in run * runs.length..<(run + 1) * runs.length {
          elements[index] = Float(Double(elements[index]) * scale)
        }
      }
    }
    let newBias = (0..<channels).map {
      Float(Double(bias[$0]) * affine.scale[$0] + affine.shift[$0])
    }
    let name = graph.graph.valueNames[weightValue.index]
    let newWeights = graph.addConstant(weights, name: name)
    let biasID = graph.addConstant(
      try Tensor(newBias, shape: [channels]), name: node.name + ".bias")
    graph.graph.nodes[position].inputs = [node.inputs[0], newWeights, biasID]
    return true
  }
}

/// `y = x * scale + shift` per channel of `[N, C, ...]`, in Double.
struct AffineStep {
  var scale: [Double]
  var shift: [Double]

  /// The affine step that a node is, and the value it is applied to.
  static func make(
    _ node: Graph.Node, in graph: ShapedGraph
  ) throws -> (Graph.ValueID, AffineStep)? {
    if let normalization = node.operation as? BatchNormalization {
      return make(normalization, node, in: graph)
    }
    guard let binary = node.operation as? ElementwiseBinary, node.inputs.count == 2,
      let left = node.inputs[0], let right = node.inputs[1]
    else { return nil }
    let (value, constantValue) = graph.graph.constants[right] != nil ? (left, right) : (right, left)
    guard let constant = graph.graph.constants[constantValue],
      graph.graph.constants[value] == nil, constant.elementType == .float32,
      graph.type(of: value) == graph.type(of: node.outputs[0]),
      let operand = perChannel(constant, like: graph.type(of: value).shape)
    else { return nil }
    let ones = [Double](repeating: 1, count: operand.count)
    let zeros = [Double](repeating: 0, count: operand.count)
    let constantIsRight = constantValue == right
    switch binary.function {
    case .add: return (value, AffineStep(scale: ones, shift: operand))
    case .subtract where constantIsRight:
      return (value, AffineStep(scale: ones, shift: operand.map { -$0 }))
    case .multiply: return (value, AffineStep(scale: operand, shift: zeros))
    case .divide where constantIsRight && operand.allSatisfy({ $0 != 0 }):
      return (value, AffineStep(scale: operand.map { 1 / $0 }, shift: zeros))
    default: return nil
    }
  }

  private static func make(
    _ normalization: BatchNormalization, _ node: Graph.Node, in graph: ShapedGraph
  ) -> (Graph.ValueID, AffineStep)? {
    let parameters = node.inputs.dropFirst().compactMap { value in
      value.flatMap { graph.graph.constants[$0]?.floats() }
    }
    guard parameters.count == 4, let value = node.inputs[0],
      parameters.allSatisfy({ $0.count == parameters[0].count })
    else { return nil }
    let epsilon = Double(normalization.epsilon)
    let scale = zip(parameters[0], parameters[3]).map {
      Double($0) / (Double($1) + epsilon).squareRoot()
    }
    let shift = (0..<scale.count).map {
      Double(parameters[1][$0]) - Double(parameters[2][$0]) * scale[$0]
    }
    guard (scale + shift).allSatisfy(\.isFinite) else { return nil }
    return (value, AffineStep(scale: scale, shift: shift))
  }

  /// The constant as one number per channel of `shape`, or `nil` when it varies along other axes.
  static func perChannel(_ constant: Tensor, like shape: [Int]) -> [Double]? {
    guard shape.count >= 2, constant.shape.count <= shape.count else { return nil }
    let channels = shape[1]
    let elements = constant.floats().map(Double.init)
    if constant.count == 1 { return [Double](repeating: elements[0], count: channels) }
    let padded =
      [Int](repeating: 1, count: shape.count - constant.shape.count) + constant.shape
    let others = padded.enumerated().filter { $0.offset != 1 }
    guard padded[1] == channels, others.allSatisfy({ $0.element == 1 }) else { return nil }
    return elements
  }
}
