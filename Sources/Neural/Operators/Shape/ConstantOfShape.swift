/// x
package struct ConstantOfShape: Operator {
  package var value: Tensor

  package init(value: Tensor) {
    self.value = value
  }

  package var name: String { "ConstantOfShape" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
