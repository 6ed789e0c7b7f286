/// x
package struct Reduction: Operator, Hashable {
  package enum Function: Hashable, Sendable, CaseIterable {
    case sum, mean, maximum, minimum, product, l1, l2, logSum, logSumExp, sumSquare
  }

  package var function: Function
  package var keepDimensions: Bool
  package var emptyAxesIsIdentity: Bool

  package init(function: Function, keepDimensions: Bool = true, emptyAxesIsIdentity: Bool = false) {
    self.function = function
    self.keepDimensions = keepDimensions
    self.emptyAxesIsIdentity = emptyAxesIsIdentity
  }

  package var name: String { "Reduce" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
