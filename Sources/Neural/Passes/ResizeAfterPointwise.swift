extension Passes {
  /// A pointwise convolution of a concatenation with an enlarged map runs on the small map first,
  /// and its result is enlarged and added: a quarter of the products for that part.
  ///
  /// Nearest resampling only: it moves values and mixes none. Every value in between has one
  /// reader.
  @Sendable static func resizeAfterPointwise(_ graph: inout ShapedGraph) throws {
    let makers = graph.makers()
    let readers = graph.readers()
    var nodes: [Graph.Node] = []
    nodes.reserveCapacity(graph.graph.nodes.count)
    for node in graph.graph.nodes {
      guard let found = EnlargedInput(node, in: graph, makers: makers, readers: readers) else {
        nodes.append(node)
        continue
      }
      nodes += try found.rewritten(in: &graph)
    }
    graph.graph.nodes = nodes
  }
}

/// A pointwise convolution one of whose concatenated inputs is an enlarged map.
private struct EnlargedInput {
  let node: Graph.Node
  let convolution: Convolution
  let concatenation: Graph.Node
  let resize: Graph.Node
  let weights: Tensor
  /// Position of the enlarged map among the concatenated ones.
  let part: Int

  init?(
    _ node: Graph.Node, in graph: ShapedGraph, makers: [Graph.ValueID: Int],
    readers: [Graph.ValueID: [Int]]
  ) {
    func maker(of value: Graph.ValueID?) -> Graph.Node? {
      guard let value, readers[value]?.count == 1, let position = makers[value] else { return nil }
      return graph.graph.nodes[position]
    }
    guard let convolution = node.operation as? Convolution, convolution.groups == 1,
      convolution.residual == .none, node.inputs.count == 2 || node.inputs.count == 3,
      convolution.strides == [1, 1],
      let weights = node.inputs[1].flatMap({ graph.graph.constants[$0] }),
      weights.elementType == .float32, weights.shape.count == 4, weights.shape[2...] == [1, 1],
      let concatenation = maker(of: node.inputs[0]), concatenation.inputs.count > 1,
      let operation = concatenation.operation as? Concat, [1, -3].contains(operation.axis),
      concatenation.inputs.allSatisfy({ $0 != nil })
    else { return nil }
    let output = graph.type(of: node.outputs[0]).shape
    func isEnlarging(_ candidate: Graph.Node) -> Bool {
      guard let resize = candidate.operation as? Resize, resize.mode == .nearest,
        resize.axes == nil, resize.coordinates != .tfCropAndResize,
        let small = candidate.inputs[0].map({ graph.type(of: $0).shape }), small.count == 4
      else { return false }
      let large = graph.type(of: candidate.outputs[0]).shape
      return small[..<2] == large[..<2] && large[2...] == output[2...]
        && 2 * small[2] * small[3] <= large[2] * large[3] && output[1] <= 2 * small[1]
    }
    let candidates = concatenation.inputs.enumerated().compactMap { index, value in
      maker(of: value).flatMap { isEnlarging($0) ? (index, $0) : nil }
    }
    guard let (part, resize) = candidates.first else { return nil }
    self.node = node
    self.convolution = convolution
    self.concatenation = concatenation
    self.resize = resize
    self.weights = weights
    self.part = part
  }

  /// The nodes in its place, with the same output.
  func rewritten(in graph: inout ShapedGraph) throws -> [Graph.Node] {
    guard let small = resize.inputs[0] else { return [node] }
    let inputs = concatenation.inputs.compactMap(\.self)
    let sizes = inputs.map { graph.type(of: $0).shape[1] }
    let first = sizes[..<part].reduce(0, +)
    let range = first..<first + sizes[part]
    let outputShape = graph.type(of: node.outputs[0]).shape
    let smallShape = graph.type(of: small).shape

    var nodes: [Graph.Node] = []
    func append(
      _ operation: any Operator, _ name: String, _ inputs: [Graph.ValueID?], _ shape: [Int]
    )
      -> Graph.ValueID
    {
      let value = graph.addValue(name: name, type: TensorType(.float32, shape))
      nodes.append(
        Graph.Node(name: name, operation: operation, inputs: inputs, outputs: [value]))
      return value
    }
    var partial = convolution
    partial.activation = .identity
    let partialShape = [smallShape[0], outputShape[1], smallShape[2], smallShape[3]]
    let low = append(
      partial, node.name + ".small", [small, try columns(in: &graph) { range.contains($0) }],
      partialShape)
    var resizeInputs = resize.inputs
    resizeInputs[0] = low
    if resizeInputs.count > 3, resizeInputs[3] != nil {
      resizeInputs[3] = graph.addConstant(
        try Tensor(vector: outputShape), name: resize.name + ".sizes")
    }
    let enlarged = append(resize.operation, resize.name, resizeInputs, outputShape)

    let others = inputs.indices.filter { $0 != part }.map { inputs[$0] }
    var rest = others[0]
    if others.count > 1 {
      let channels = sizes.reduce(0, +) - sizes[part]
      rest = append(
        Concat(axis: 1), concatenation.name, others,
        [outputShape[0], channels] + outputShape[2...])
    }
    var high = convolution
    high.residual = .beforeActivation
    let bias = node.inputs.count > 2 ? node.inputs[2] : nil
    nodes.append(
      Graph.Node(
        name: node.name, operation: high,
        inputs: [rest, try columns(in: &graph) { !range.contains($0) }, bias, enlarged],
        outputs: node.outputs))
    return nodes
  }

  /// The weights of some of the input channels.
  private func columns(in graph: inout ShapedGraph, _ isKept: (Int) -> Bool) throws -> Graph.ValueID
  {
    let inputs = weights.shape[1]
    let kept = (0..<inputs).filter(isKept)
    let values = weights.floats()
    let part = (0..<weights.shape[0]).flatMap { row in kept.map { values[row * inputs + $0] } }
    return graph.addConstant(
      try Tensor(part, shape: [weights.shape[0], kept.count, 1, 1]), name: node.name + ".weights")
  }
}
