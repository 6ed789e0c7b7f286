extension Passes {
  /// A softmax over the channels of `[N, C, H, W]` followed by a pointwise convolution to one
  /// channel (the box sides of YOLOv8 and its successors) is a mean under that softmax.
  @Sendable static func recogniseSoftmaxMean(_ graph: inout ShapedGraph) throws {
    let makers = graph.makers()
    let readers = graph.readers()
    for (position, node) in graph.graph.nodes.enumerated() {
      guard let convolution = node.operation as? Convolution, node.inputs.count == 2,
        convolution.groups == 1, convolution.activation == .identity,
        convolution.residual == .none, let input = node.inputs[0],
        let weights = node.inputs[1].flatMap({ graph.graph.constants[$0] }),
        weights.elementType == .float32, weights.shape.count == 4, weights.shape[0] == 1,
        weights.shape[2...].allSatisfy({ $0 == 1 }),
        readers[input]?.count == 1, let maker = makers[input],
        let softmax = graph.graph.nodes[maker].operation as? Softmax, !softmax.logarithmic,
        softmax.axis == 1 || softmax.axis == -3
      else { continue }
      // Without padding or steps: one output for each input.
      let shape = graph.type(of: input).shape
      guard graph.type(of: node.outputs[0]).shape == [shape[0], 1, shape[2], shape[3]],
        convolution.strides.allSatisfy({ $0 == 1 }),
        try convolution.padding(inputShape: shape, kernel: [1, 1]).begin == [0, 0]
      else { continue }
      graph.graph.nodes[position].operation = SoftmaxMean(axis: 1, numbers: weights.floats())
      graph.graph.nodes[position].inputs = [graph.graph.nodes[maker].inputs[0]]
    }
  }
}
