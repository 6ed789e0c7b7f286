/// x
package struct Flatten: Operator, Hashable {
  package var axis: Int

  package init(axis: Int = 1) {
    self.axis = axis
  }

  package var name: String { "Flatten" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
