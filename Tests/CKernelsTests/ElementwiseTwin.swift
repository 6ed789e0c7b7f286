import CKernels
import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The element-wise functions as their definitions read, in double precision.
enum ElementwiseTwin {
  static let activations: [ck_activation_kind] = [
    CK_ACT_IDENTITY, CK_ACT_RELU, CK_ACT_LEAKY, CK_ACT_PRELU, CK_ACT_CLIP, CK_ACT_SIGMOID,
    CK_ACT_TANH, CK_ACT_SILU, CK_ACT_MISH, CK_ACT_GELU, CK_ACT_GELU_TANH, CK_ACT_HARD_SIGMOID,
    CK_ACT_HARD_SWISH, CK_ACT_ELU, CK_ACT_SOFTPLUS, CK_ACT_EXP, CK_ACT_SQRT, CK_ACT_ABS,
    CK_ACT_NEGATE, CK_ACT_RECIPROCAL, CK_ACT_AFFINE,
  ]
  static let binaries: [ck_binary_kind] = [
    CK_ADD, CK_SUBTRACT, CK_MULTIPLY, CK_DIVIDE, CK_MAXIMUM, CK_MINIMUM, CK_POWER,
  ]

  static func activation(_ f: ck_activation, _ value: Float, slope: Float = 0) -> Float {
    let (x, a, b) = (Double(value), Double(f.a), Double(f.b))
    let y: Double =
      switch f.kind {
      case CK_ACT_IDENTITY: x
      case CK_ACT_RELU: max(x, 0)
      case CK_ACT_LEAKY: x < 0 ? a * x : x
      case CK_ACT_PRELU: x < 0 ? Double(slope) * x : x
      case CK_ACT_CLIP: min(max(x, a), b)
      case CK_ACT_SIGMOID: 1 / (1 + exp(-x))
      case CK_ACT_TANH: tanh(x)
      case CK_ACT_SILU: x / (1 + exp(-x))
      case CK_ACT_MISH: x * tanh(log1p(exp(x)))
      case CK_ACT_GELU: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
      case CK_ACT_GELU_TANH:
        0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
      case CK_ACT_HARD_SIGMOID: min(max(a * x + b, 0), 1)
      case CK_ACT_HARD_SWISH: x * min(max(x / 6 + 0.5, 0), 1)
      case CK_ACT_ELU: x < 0 ? a * expm1(x) : x
      case CK_ACT_SOFTPLUS: log1p(exp(x))
      case CK_ACT_EXP: exp(x)
      case CK_ACT_SQRT: x.squareRoot()
      case CK_ACT_ABS: abs(x)
      case CK_ACT_NEGATE: -x
      case CK_ACT_RECIPROCAL: 1 / x
      case CK_ACT_AFFINE: a * x + b
      default: .nan
      }
    return Float(y)
  }

  static func binary(_ kind: ck_binary_kind, _ a: Float, _ b: Float) -> Float {
    switch kind {
    case CK_ADD: a + b
    case CK_SUBTRACT: a - b
    case CK_MULTIPLY: a * b
    case CK_DIVIDE: a / b
    case CK_MAXIMUM: max(a, b)
    case CK_MINIMUM: min(a, b)
    case CK_POWER: Float(pow(Double(a), Double(b)))
    default: .nan
    }
  }

  /// Values for an activation: about [-4, 4], positive for the square root, away from 0 for 1 / x.
  static func inputs(_ kind: ck_activation_kind, count: Int) -> [Float] {
    var generator = SeededGenerator(seed: 5)
    return (0..<count).map { _ in
      let x = generator.float() * 8
      switch kind {
      case CK_ACT_SQRT: return abs(x)
      case CK_ACT_RECIPROCAL: return x < 0 ? x - 0.25 : x + 0.25
      default: return x
      }
    }
  }
}
