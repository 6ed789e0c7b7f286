extension Passes {
  /// Moves an activation into the convolution before it, when nothing else reads the convolution.
  @Sendable static func fuseActivations(_ graph: inout ShapedGraph) throws {
    let readers = graph.readers()
    let makers = graph.makers()
    var removed: Set<Int> = []
    var replacements: [Graph.ValueID: Graph.ValueID] = [:]
    for (position, node) in graph.graph.nodes.enumerated() {
      guard let activation = node.operation as? Activation, let input = node.inputs[0],
        readers[input]?.count == 1, let producer = makers[input],
        var convolution = graph.graph.nodes[producer].operation as? Convolution,
        convolution.activation == .identity, convolution.residual == .none
      else { continue }
      convolution.activation = activation.function
      graph.graph.nodes[producer].operation = convolution
      replacements[node.outputs[0]] = input
      removed.insert(position)
    }
    graph.replace(replacements)
    graph.removeNodes(at: removed)
  }
}
