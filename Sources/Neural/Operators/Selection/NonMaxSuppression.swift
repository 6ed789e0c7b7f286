/// x
package struct NonMaxSuppression: Operator, Hashable {
  package var centerPointBox: Bool

  package init(centerPointBox: Bool) {
    self.centerPointBox = centerPointBox
  }

  package var name: String { "NonMaxSuppression" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
