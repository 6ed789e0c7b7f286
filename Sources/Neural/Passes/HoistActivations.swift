extension Passes {
  /// An activation of a concatenation of convolutions moves into the convolutions, which apply it
  /// before they write.
  ///
  /// Reshapes may stand between; every value on the way has one reader.
  @Sendable static func hoistActivations(_ graph: inout ShapedGraph) throws {
    let makers = graph.makers()
    let readers = graph.readers()
    func maker(of value: Graph.ValueID?) -> Int? {
      guard let value, readers[value]?.count == 1 else { return nil }
      return makers[value]
    }
    /// The convolution that a value is, up to its shape.
    func convolution(_ value: Graph.ValueID?) -> Int? {
      guard var position = maker(of: value) else { return nil }
      while graph.graph.nodes[position].operation is Reshape {
        guard let before = maker(of: graph.graph.nodes[position].inputs[0]) else { return nil }
        position = before
      }
      guard let convolution = graph.graph.nodes[position].operation as? Convolution,
        convolution.activation == .identity, convolution.residual == .none,
        graph.graph.nodes[position].inputs.count <= 3
      else { return nil }
      return position
    }
    var replacements: [Graph.ValueID: Graph.ValueID] = [:]
    for node in graph.graph.nodes {
      guard let activation = node.operation as? Activation, activation.function.kernel != nil,
        let input = node.inputs[0], let position = maker(of: input),
        graph.graph.nodes[position].operation is Concat
      else { continue }
      let sources = graph.graph.nodes[position].inputs.map { convolution($0) }
      guard sources.allSatisfy({ $0 != nil }) else { continue }
      for case let source? in sources {
        guard var operation = graph.graph.nodes[source].operation as? Convolution else { continue }
        operation.activation = activation.function
        graph.graph.nodes[source].operation = operation
      }
      replacements[node.outputs[0]] = input
    }
    graph.replace(replacements)
  }
}
