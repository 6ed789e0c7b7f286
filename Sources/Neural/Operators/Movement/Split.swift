/// x
package struct Split: Operator, Hashable {
  package var axis: Int
  package var outputCount: Int

  package init(axis: Int, outputCount: Int) {
    self.axis = axis
    self.outputCount = outputCount
  }

  package var name: String { "Split" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
