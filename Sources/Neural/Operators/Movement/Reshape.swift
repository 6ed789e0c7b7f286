/// x
package struct Reshape: Operator, Hashable {
  package var allowZero: Bool

  package init(allowZero: Bool = false) {
    self.allowZero = allowZero
  }

  package var name: String { "Reshape" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
