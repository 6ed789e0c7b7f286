/// x
package struct CumulativeSum: Operator, Hashable {
  package var exclusive: Bool
  package var reverse: Bool

  package init(exclusive: Bool, reverse: Bool) {
    self.exclusive = exclusive
    self.reverse = reverse
  }

  package var name: String { "CumSum" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
