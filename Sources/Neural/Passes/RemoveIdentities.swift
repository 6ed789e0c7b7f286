extension Passes {
  /// Takes out nodes that hand on their input unchanged.
  @Sendable static func removeIdentities(_ graph: inout ShapedGraph) throws {
    var replacements: [Graph.ValueID: Graph.ValueID] = [:]
    var removed: Set<Int> = []
    for (position, node) in graph.graph.nodes.enumerated() {
      guard node.outputs.count == 1, let first = node.inputs.first, let input = first,
        graph.type(of: input) == graph.type(of: node.outputs[0]),
        isIdentity(node, in: graph)
      else { continue }
      replacements[node.outputs[0]] = input
      removed.insert(position)
    }
    graph.replace(replacements)
    graph.removeNodes(at: removed)
  }

  /// Whether a node whose input and output have equal types does nothing.
  private static func isIdentity(_ node: Graph.Node, in graph: ShapedGraph) -> Bool {
    switch node.operation {
    case is Identity, is Cast, is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Expand:
      return true
    case is Concat, is Split:
      return node.inputs.count == 1 || node.operation is Split
    case let activation as Activation:
      return activation.function == .identity
    case let transpose as Transpose:
      guard let permutation = transpose.permutation else { return false }
      return permutation == Array(permutation.indices)
    case is Slice:
      guard node.inputs.count > 4, let steps = node.inputs[4] else { return true }
      return (try? graph.graph.constants[steps]?.integers().allSatisfy { $0 > 0 }) ?? false
    case is Pad:
      guard node.inputs.count > 1, let pads = node.inputs[1] else { return false }
      return (try? graph.graph.constants[pads]?.integers().allSatisfy { $0 == 0 }) ?? false
    default:
      return false
    }
  }
}
