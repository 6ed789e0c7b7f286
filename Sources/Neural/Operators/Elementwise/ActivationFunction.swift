/// A function of one number applied after a layer.
package enum ActivationFunction: Hashable, Sendable {
  case identity, relu, sigmoid, tanh, silu, mish, gelu, geluTanh, hardSwish, softplus, softsign
  case leakyRelu(alpha: Float)
  case clip(min: Float, max: Float)
  case hardSigmoid(alpha: Float, beta: Float)
  case elu(alpha: Float)
  case selu(alpha: Float, gamma: Float)
  case celu(alpha: Float)
  case thresholdedRelu(alpha: Float)
  case swish(beta: Float)

  package func callAsFunction(_ x: Float) -> Float { x }
}
