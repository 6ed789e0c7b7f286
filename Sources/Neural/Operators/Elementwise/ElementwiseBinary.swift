/// x
package struct ElementwiseBinary: Operator, Hashable {
  package enum Function: Hashable, Sendable {
    case add, subtract, multiply, divide, power, maximum, minimum
    case modulo(truncated: Bool)
    case and, or, xor
    case equal, less, greater, lessOrEqual, greaterOrEqual
    case bitwiseAnd, bitwiseOr, bitwiseXor
  }

  package var function: Function

  package init(function: Function) {
    self.function = function
  }

  package var name: String { "Binary" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
