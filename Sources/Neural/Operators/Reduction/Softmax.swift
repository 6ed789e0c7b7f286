/// x
package struct Softmax: Operator, Hashable {
  package var axis: Int
  package var logarithmic: Bool

  package init(axis: Int, logarithmic: Bool = false) {
    self.axis = axis
    self.logarithmic = logarithmic
  }

  package var name: String { "Softmax" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
