/// x
package struct Concat: Operator, Hashable {
  package var axis: Int

  package init(axis: Int) {
    self.axis = axis
  }

  package var name: String { "Concat" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
