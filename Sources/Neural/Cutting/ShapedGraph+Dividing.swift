extension ShapedGraph {
  /// The network up to a cut and from it on: running one after the other is running the network.
  ///
  /// - Returns: `backbone` has the network's input and the cut's values as outputs, `rest` has those
  ///   as inputs, both under their names and in the cut's order, and the network's outputs.
  /// - Throws: `GraphError.malformed` when a path avoids the cut, or the graph lacks its values.
  package func divided(at cut: GraphCut) throws -> (backbone: ShapedGraph, rest: ShapedGraph) {
    for (value, name) in zip(cut.values, cut.valueNames) where types[value] == nil {
      throw GraphError.malformed("the network has no value \(name) to cut at")
    }
    var backbone = self
    backbone.graph.outputs = zip(cut.valueNames, cut.values).map {
      Graph.Output(name: $0.0, value: $0.1)
    }
    backbone.removeDeadNodes()

    var rest = self
    let boundary = Set(cut.values)
    rest.graph.inputs = zip(cut.valueNames, cut.values).map { name, value in
      let type = type(of: value)
      return Graph.Input(
        name: name, value: value, elementType: type.elementType,
        dimensions: type.shape.map { .fixed($0) })
    }
    rest.graph.nodes = graph.nodes.filter { node in !node.outputs.contains(where: boundary.contains)
    }
    rest.removeDeadNodes()
    for input in graph.inputs where !boundary.contains(input.value) {
      let isRead = rest.graph.nodes.contains { $0.inputs.contains(input.value) }
      guard !isRead else {
        throw GraphError.malformed("a path from \(input.name) avoids the cut at \(cut.name)")
      }
    }
    return (backbone, rest)
  }
}
