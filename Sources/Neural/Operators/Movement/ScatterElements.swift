/// x
package struct ScatterElements: Operator, Hashable {
  package var axis: Int
  package var reduction: ScatterReduction

  package init(axis: Int, reduction: ScatterReduction) {
    self.axis = axis
    self.reduction = reduction
  }

  package var name: String { "ScatterElements" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
