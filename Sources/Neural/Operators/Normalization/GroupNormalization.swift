/// x
package struct GroupNormalization: Operator, Hashable {
  package var groups: Int
  package var epsilon: Float

  package init(groups: Int, epsilon: Float) {
    self.groups = groups
    self.epsilon = epsilon
  }

  package var name: String { "GroupNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
