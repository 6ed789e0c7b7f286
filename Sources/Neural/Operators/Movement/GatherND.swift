/// x
package struct GatherND: Operator, Hashable {
  package var batchDimensions: Int

  package init(batchDimensions: Int) {
    self.batchDimensions = batchDimensions
  }

  package var name: String { "GatherND" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
