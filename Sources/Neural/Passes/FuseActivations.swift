extension Passes {
  /// Moves an activation, also one with a slope per channel, into the convolution before it, when
  /// nothing else reads the convolution; an activation without slopes also into a transposed one.
  @Sendable static func fuseActivations(_ graph: inout ShapedGraph) throws {
    let readers = graph.readers()
    let makers = graph.makers()
    var removed: Set<Int> = []
    var replacements: [Graph.ValueID: Graph.ValueID] = [:]
    for (position, node) in graph.graph.nodes.enumerated() {
      guard node.operation is Activation || node.operation is PRelu, let input = node.inputs[0],
        readers[input]?.count == 1, let producer = makers[input]
      else { continue }
      if var convolution = graph.graph.nodes[producer].operation as? ConvolutionTranspose {
        guard convolution.activation == .identity,
          let function = (node.operation as? Activation)?.function, function.kernel != nil
        else { continue }
        convolution.activation = function
        graph.graph.nodes[producer].operation = convolution
        replacements[node.outputs[0]] = input
        removed.insert(position)
        continue
      }
      guard var convolution = graph.graph.nodes[producer].operation as? Convolution,
        convolution.activation == .identity, convolution.residual == .none,
        graph.graph.nodes[producer].inputs.count <= 3
      else { continue }
      if let activation = node.operation as? Activation {
        convolution.activation = activation.function
        graph.graph.nodes[producer].operation = convolution
      } else {
        guard try fuseSlopes(of: node, intoConvolutionAt: producer, of: &graph) else { continue }
      }
      replacements[node.outputs[0]] = input
      removed.insert(position)
    }
    graph.replace(replacements)
    graph.removeNodes(at: removed)
  }

  /// Makes a `PRelu`'s slopes the convolution's last input; false when they are not constant or
  /// vary within a channel.
  private static func fuseSlopes(
    of node: Graph.Node, intoConvolutionAt position: Int, of graph: inout ShapedGraph
  ) throws -> Bool {
    guard node.inputs.count == 2, let slopeValue = node.inputs[1],
      let constant = graph.graph.constants[slopeValue], constant.elementType == .float32,
      let slopes = AffineStep.perChannel(constant, like: graph.type(of: node.outputs[0]).shape)
    else { return false }
    let value = graph.addConstant(
      try Tensor(slopes.map(Float.init), shape: [slopes.count]), name: node.name + ".slopes")
    while graph.graph.nodes[position].inputs.count < 4 {
      graph.graph.nodes[position].inputs.append(nil)
    }
    graph.graph.nodes[position].inputs.append(value)
    return true
  }
}
