/// x
package struct TopK: Operator, Hashable {
  package var axis: Int
  package var largest: Bool
  package var sorted: Bool

  package init(axis: Int, largest: Bool, sorted: Bool) {
    self.axis = axis
    self.largest = largest
    self.sorted = sorted
  }

  package var name: String { "TopK" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
