/// x
package struct Transpose: Operator, Hashable {
  package var permutation: [Int]?

  package init(permutation: [Int]?) {
    self.permutation = permutation
  }

  package var name: String { "Transpose" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
