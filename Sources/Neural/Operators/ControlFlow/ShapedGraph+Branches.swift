extension ShapedGraph {
  /// The nodes of the branch that an `If` with a constant condition takes, reading and defining what
  /// the node does; `nil` for other nodes.
  mutating func inlinedBranch(of node: Graph.Node) throws -> [Graph.Node]? {
    guard let operation = node.operation as? If, let value = node.inputs.first ?? nil,
      let condition = graph.constants[value]
    else { return nil }
    let branch = try operation.branch(condition)
    let body = branch.graph
    guard branch.formalCount == 0, body.inputs.count == node.inputs.count - 1,
      body.outputs.count >= node.outputs.count
    else { throw OperatorError.invalidInput("the branch does not fit the node") }
    var outer: [ValueID: ValueID] = [:]
    for (input, passed) in zip(body.inputs, node.inputs.dropFirst()) { outer[input.value] = passed }
    for (value, tensor) in body.constants {
      outer[value] = addConstant(tensor, name: body.valueNames[value.index])
    }
    func name(_ value: ValueID) -> ValueID {
      if let known = outer[value] { return known }
      let made = graph.addValue(name: body.valueNames[value.index])
      outer[value] = made
      return made
    }
    var nodes = body.nodes.map { inner in
      Graph.Node(
        name: inner.name, operation: inner.operation,
        inputs: inner.inputs.map { $0.map(name) }, outputs: inner.outputs.map(name))
    }
    for (inner, output) in zip(body.outputs, node.outputs) {
      nodes.append(
        Graph.Node(
          name: node.name, operation: Identity(), inputs: [name(inner.value)], outputs: [output]))
    }
    return nodes
  }
}
