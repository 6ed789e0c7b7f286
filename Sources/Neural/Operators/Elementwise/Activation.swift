/// x
package struct Activation: Operator, Hashable {
  package var function: ActivationFunction

  package init(function: ActivationFunction) {
    self.function = function
  }

  package var name: String { "Activation" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
