/// x
package struct Trilu: Operator, Hashable {
  package var upper: Bool

  package init(upper: Bool) {
    self.upper = upper
  }

  package var name: String { "Trilu" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
