package import Neural

/// Stands in a graph for a node that the toolkit can describe but not run.
package struct UnsupportedOperation: Operator, Hashable {
  /// The operator's name in its file, and why it does not run.
  package var name: String
  package var reason: String

  package init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }

  /// - Throws: `OperatorError.unsupported`, always.
  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported("operator \(name) (\(reason))")
  }

  /// - Throws: `OperatorError.unsupported`, always.
  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported("operator \(name) (\(reason))")
  }
}
