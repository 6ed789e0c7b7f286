/// x
package struct Cast: Operator, Hashable {
  package var to: ElementType

  package init(to: ElementType) {
    self.to = to
  }

  package var name: String { "Cast" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
