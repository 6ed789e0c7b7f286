/// x
package struct InstanceNormalization: Operator, Hashable {
  package var epsilon: Float

  package init(epsilon: Float) {
    self.epsilon = epsilon
  }

  package var name: String { "InstanceNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
