/// Per-channel scale and shift.
package struct BatchNormalization: Operator, Hashable {
  package var epsilon: Float

  package init(epsilon: Float = 1e-5) {
    self.epsilon = epsilon
  }

  package var name: String { "BatchNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
