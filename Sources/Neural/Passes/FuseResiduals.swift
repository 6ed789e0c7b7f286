extension Passes {
  /// Moves an addition of two equally shaped values into the convolution that makes one of them,
  /// and an activation of the sum with it.
  @Sendable static func fuseResiduals(_ graph: inout ShapedGraph) throws {
    let readers = graph.readers()
    let makers = graph.makers()
    var removed: Set<Int> = []
    var replacements: [Graph.ValueID: Graph.ValueID] = [:]
    for (position, node) in graph.graph.nodes.enumerated() {
      guard (node.operation as? ElementwiseBinary)?.function == .add, node.inputs.count == 2,
        let left = node.inputs[0], let right = node.inputs[1], left != right,
        graph.graph.constants[left] == nil, graph.graph.constants[right] == nil,
        graph.type(of: left) == graph.type(of: right)
      else { continue }
      // The later of the two makers, so that the other operand exists by then.
      let candidates = [(left, right), (right, left)].sorted {
        (makers[$0.0] ?? -1) > (makers[$1.0] ?? -1)
      }
      for (value, residual) in candidates {
        guard let producer = makers[value], !removed.contains(producer),
          readers[value]?.count == 1,
          var convolution = graph.graph.nodes[producer].operation as? Convolution,
          convolution.residual == .none, graph.graph.nodes[producer].inputs.count <= 3
        else { continue }
        convolution.residual =
          convolution.activation == .identity ? .beforeActivation : .afterActivation
        var merged = graph.graph.nodes[producer]
        while merged.inputs.count < 3 { merged.inputs.append(nil) }
        merged.inputs.append(residual)
        merged.outputs = node.outputs
        if convolution.activation == .identity, readers[node.outputs[0]]?.count == 1,
          let reader = readers[node.outputs[0]]?.first, reader < graph.graph.nodes.count,
          let activation = graph.graph.nodes[reader].operation as? Activation
        {
          convolution.activation = activation.function
          replacements[graph.graph.nodes[reader].outputs[0]] = node.outputs[0]
          removed.insert(reader)
        }
        merged.operation = convolution
        graph.graph.nodes[position] = merged
        removed.insert(producer)
        break
      }
    }
    graph.replace(replacements)
    graph.removeNodes(at: removed)
  }
}
