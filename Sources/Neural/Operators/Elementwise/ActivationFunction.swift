/// A function of one number applied after a layer.
///
/// Values are computed in Float64 and rounded once, finite for every finite argument.
package enum ActivationFunction: Hashable, Sendable {
  case identity
  /// `max(0, x)`
  case relu
  /// `1 / (1 + exp(-x))`
  case sigmoid
  case tanh
  /// `x * sigmoid(x)`
  case silu
  /// `x * tanh(softplus(x))` (Misra 2019, arXiv:1908.08681)
  case mish
  /// `x * Phi(x)` with the normal distribution's Phi (Hendrycks & Gimpel 2016, arXiv:1606.08415)
  case gelu
  /// `gelu` with Phi approximated through tanh
  case geluTanh
  /// `x * clip(x + 3, 0, 6) / 6`
  case hardSwish
  /// `log(1 + exp(x))`
  case softplus
  /// `x / (1 + |x|)`
  case softsign
  /// `x > 0 ? x : alpha * x`
  case leakyRelu(alpha: Float)
  /// `min(max(x, min), max)`
  case clip(min: Float, max: Float)
  /// `clip(alpha * x + beta, 0, 1)`
  case hardSigmoid(alpha: Float, beta: Float)
  /// `x > 0 ? x : alpha * (exp(x) - 1)`
  case elu(alpha: Float)
  /// `gamma * elu(x)`
  case selu(alpha: Float, gamma: Float)
  /// `max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`
  case celu(alpha: Float)
  /// `x > alpha ? x : 0`
  case thresholdedRelu(alpha: Float)
  /// `x * sigmoid(beta * x)`
  case swish(beta: Float)
  /// `max(0, x)^2` (So et al. 2021, arXiv:2109.08668)
  case squaredRelu
  /// `x < 0 ? 0 : 1`
  case step

  /// The function's value at `x`; NaN stays NaN.
  package func callAsFunction(_ x: Float) -> Float {
    switch self {
    case .identity: return x
    case .relu: return x < 0 ? 0 : x
    case .leakyRelu(let alpha): return x < 0 ? alpha * x : x
    case .clip(let lower, let upper): return x.isNaN ? x : Swift.min(Swift.max(x, lower), upper)
    case .thresholdedRelu(let alpha): return x <= alpha ? 0 : x
    case .step: return x.isNaN ? x : x < 0 ? 0 : 1
    default: return Float(value(Double(x)))
    }
  }

  private func value(_ x: Double) -> Double {
    switch self {
    case .identity, .relu, .leakyRelu, .clip, .thresholdedRelu, .step: Double(self(Float(x)))
    case .squaredRelu: x < 0 ? 0 : x * x
    case .sigmoid: Self.logistic(x)
    case .tanh: ElementaryFunctions.hyperbolicTangent(x)
    case .silu: Self.gated(x, Self.logistic(x))
    case .swish(let beta): Self.gated(x, Self.logistic(Double(beta) * x))
    case .mish: Self.gated(x, ElementaryFunctions.hyperbolicTangent(Self.logOnePlusExp(x)))
    case .gelu: Self.gated(x, 0.5 * (1 + ElementaryFunctions.errorFunction(x / 2.0.squareRoot())))
    case .geluTanh:
      Self.gated(
        x,
        0.5
          * (1
            + ElementaryFunctions.hyperbolicTangent(
              (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))))
    case .hardSigmoid(let alpha, let beta): Self.unitClip(Double(alpha) * x + Double(beta))
    case .hardSwish: Self.gated(x, Self.unitClip(x / 6 + 0.5))
    case .softplus: Self.logOnePlusExp(x)
    case .softsign: x.isInfinite ? (x < 0 ? -1 : 1) : x / (1 + abs(x))
    case .elu(let alpha): Self.exponentialUnit(x, Double(alpha))
    case .selu(let alpha, let gamma): Double(gamma) * Self.exponentialUnit(x, Double(alpha))
    case .celu(let alpha):
      x > 0 ? x : Double(alpha) * ElementaryFunctions.exponentialMinusOne(x / Double(alpha))
    }
  }

  private static func logistic(_ x: Double) -> Double {
    1 / (1 + ElementaryFunctions.exponential(-x))
  }

  /// `x * gate`, which is 0 for minus infinity and a closed gate.
  private static func gated(_ x: Double, _ gate: Double) -> Double { gate == 0 ? 0 : x * gate }

  private static func logOnePlusExp(_ x: Double) -> Double {
    if x.isNaN { return x }
    return Swift.max(x, 0)
      + ElementaryFunctions.logarithmOnePlus(ElementaryFunctions.exponential(-abs(x)))
  }

  private static func unitClip(_ x: Double) -> Double {
    x.isNaN ? x : Swift.min(Swift.max(x, 0), 1)
  }

  private static func exponentialUnit(_ x: Double, _ alpha: Double) -> Double {
    x > 0 ? x : alpha * ElementaryFunctions.exponentialMinusOne(x)
  }
}
