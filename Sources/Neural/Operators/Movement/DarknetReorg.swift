/// x
package struct DarknetReorg: Operator, Hashable {
  package var stride: Int

  package init(stride: Int) {
    self.stride = stride
  }

  package var name: String { "Reorg" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
