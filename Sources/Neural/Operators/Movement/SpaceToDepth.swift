/// x
package struct SpaceToDepth: Operator, Hashable {
  package var block: Int

  package init(block: Int) {
    self.block = block
  }

  package var name: String { "SpaceToDepth" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
