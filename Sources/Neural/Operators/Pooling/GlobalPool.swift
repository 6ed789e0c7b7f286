/// Pooling over all spatial axes.
package struct GlobalPool: Operator, Hashable {
  package enum Function: Hashable, Sendable { case average, max }

  package var function: Function

  package init(function: Function) {
    self.function = function
  }

  package var name: String { "GlobalPool" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
