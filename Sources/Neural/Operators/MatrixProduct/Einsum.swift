/// x
package struct Einsum: Operator, Hashable {
  package var equation: String

  package init(equation: String) {
    self.equation = equation
  }

  package var name: String { "Einsum" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
