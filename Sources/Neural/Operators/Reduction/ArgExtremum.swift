/// x
package struct ArgExtremum: Operator, Hashable {
  package enum Function: Hashable, Sendable { case maximum, minimum }

  package var function: Function
  package var axis: Int
  package var keepDimensions: Bool
  package var selectLast: Bool

  package init(function: Function, axis: Int, keepDimensions: Bool, selectLast: Bool) {
    self.function = function
    self.axis = axis
    self.keepDimensions = keepDimensions
    self.selectLast = selectLast
  }

  package var name: String { "ArgMax" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
