/// x
package struct DepthToSpace: Operator, Hashable {
  package enum Order: Hashable, Sendable { case depthColumnRow, columnRowDepth }

  package var block: Int
  package var order: Order

  package init(block: Int, order: Order) {
    self.block = block
    self.order = order
  }

  package var name: String { "DepthToSpace" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
