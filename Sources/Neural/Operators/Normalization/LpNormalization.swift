/// x
package struct LpNormalization: Operator, Hashable {
  package var axis: Int
  package var p: Int

  package init(axis: Int, p: Int) {
    self.axis = axis
    self.p = p
  }

  package var name: String { "LpNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
