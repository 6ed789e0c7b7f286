/// Runs a graph by the reference evaluation of its operators: slow, plain, the twin that plans are
/// compared with.
package enum ReferenceExecutor {
  /// - Parameters:
  ///   - graph: A specialised graph, rewritten by passes or not.
  ///   - inputs: One tensor per network input, of the input's type.
  /// - Returns: The network's outputs in order.
  /// - Throws: `GraphError.node` when an operator fails.
  package static func run(_ graph: ShapedGraph, inputs: [Tensor]) throws -> [Tensor] {
    var values = graph.graph.constants
    for (input, tensor) in zip(graph.graph.inputs, inputs) {
      guard TensorType(tensor.elementType, tensor.shape) == graph.type(of: input.value) else {
        throw GraphError.inputShape(
          name: input.name, given: tensor.shape,
          declared: shapeText(graph.type(of: input.value).shape))
      }
      values[input.value] = tensor
    }
    for node in graph.graph.nodes {
      do {
        let results = try node.operation.evaluate(node.inputs.map { $0.flatMap { values[$0] } })
        for (value, tensor) in zip(node.outputs, results) { values[value] = tensor }
      } catch {
        throw GraphError.node(
          name: node.name, operation: node.operation.name, reason: String(describing: error))
      }
    }
    return try graph.graph.outputs.map { output in
      guard let tensor = values[output.value] else {
        throw GraphError.malformed("output \(output.name) is never produced")
      }
      return tensor
    }
  }
}
