/// x
package struct LayerNormalization: Operator, Hashable {
  package var axis: Int
  package var epsilon: Float

  package init(axis: Int, epsilon: Float) {
    self.axis = axis
    self.epsilon = epsilon
  }

  package var name: String { "LayerNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
