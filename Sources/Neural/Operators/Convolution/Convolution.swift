/// Cross-correlation over 1 to 3 spatial axes.
package struct Convolution: Operator, Hashable {
  package var strides: [Int]
  package var dilations: [Int]
  package var padsBegin: [Int]
  package var padsEnd: [Int]
  package var groups: Int
  package var autoPad: AutoPad
  package var activation: ActivationFunction
  package var residual: ResidualPlacement

  package init(
    strides: [Int], dilations: [Int], padsBegin: [Int], padsEnd: [Int], groups: Int = 1,
    autoPad: AutoPad = .notSet, activation: ActivationFunction = .identity,
    residual: ResidualPlacement = .none
  ) {
    self.strides = strides
    self.dilations = dilations
    self.padsBegin = padsBegin
    self.padsEnd = padsEnd
    self.groups = groups
    self.autoPad = autoPad
    self.activation = activation
    self.residual = residual
  }

  package var name: String { "Conv" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }

  /// The zero padding per spatial axis with `autoPad` resolved.
  package func padding(inputShape: [Int], kernel: [Int]) throws -> (begin: [Int], end: [Int]) {
    throw OperatorError.unsupported(name)
  }
}
