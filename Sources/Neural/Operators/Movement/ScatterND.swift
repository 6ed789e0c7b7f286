/// x
package struct ScatterND: Operator, Hashable {
  package var reduction: ScatterReduction

  package init(reduction: ScatterReduction) {
    self.reduction = reduction
  }

  package var name: String { "ScatterND" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
