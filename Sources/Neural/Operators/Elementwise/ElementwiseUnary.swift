/// x
package struct ElementwiseUnary: Operator, Hashable {
  package enum Function: Hashable, Sendable, CaseIterable {
    case absolute, negate, exponential, logarithm, squareRoot, reciprocal
    case floor, ceiling, round, sign, erf
    case sine, cosine, tangent, arcsine, arccosine, arctangent, hyperbolicSine, hyperbolicCosine
    case not, isNaN, isInfinity, bitwiseNot
  }

  package var function: Function

  package init(function: Function) {
    self.function = function
  }

  package var name: String { "Unary" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
