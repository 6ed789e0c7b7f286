internal import CKernels

extension ActivationFunction {
  /// The kernels' form of this function; `nil` when they do not have it.
  var kernel: ck_activation? {
    func make(_ kind: ck_activation_kind, _ a: Float = 0, _ b: Float = 0) -> ck_activation {
      ck_activation(kind: kind, a: a, b: b, slopes: nil)
    }
    switch self {
    case .identity: return make(CK_ACT_IDENTITY)
    case .relu: return make(CK_ACT_RELU)
    case .sigmoid: return make(CK_ACT_SIGMOID)
    case .tanh: return make(CK_ACT_TANH)
    case .silu: return make(CK_ACT_SILU)
    case .mish: return make(CK_ACT_MISH)
    case .gelu: return make(CK_ACT_GELU)
    case .geluTanh: return make(CK_ACT_GELU_TANH)
    case .hardSwish: return make(CK_ACT_HARD_SWISH)
    case .softplus: return make(CK_ACT_SOFTPLUS)
    case .leakyRelu(let alpha): return make(CK_ACT_LEAKY, alpha)
    case .clip(let low, let high): return make(CK_ACT_CLIP, low, high)
    case .hardSigmoid(let alpha, let beta): return make(CK_ACT_HARD_SIGMOID, alpha, beta)
    case .elu(let alpha): return make(CK_ACT_ELU, alpha)
    case .softsign, .selu, .celu, .thresholdedRelu, .swish, .squaredRelu, .step: return nil
    }
  }
}

extension ElementwiseUnary.Function {
  /// The kernels' form of this function; `nil` when they do not have it.
  var kernel: ck_activation? {
    let kind: ck_activation_kind
    switch self {
    case .exponential: kind = CK_ACT_EXP
    case .squareRoot: kind = CK_ACT_SQRT
    case .absolute: kind = CK_ACT_ABS
    case .negate: kind = CK_ACT_NEGATE
    case .reciprocal: kind = CK_ACT_RECIPROCAL
    default: return nil
    }
    return ck_activation(kind: kind, a: 0, b: 0, slopes: nil)
  }

  /// Whether every finite input gives a finite output, so that unused lanes may go through it.
  var keepsFinite: Bool { self == .absolute || self == .negate }
}

var identityActivation: ck_activation {
  ck_activation(kind: CK_ACT_IDENTITY, a: 0, b: 0, slopes: nil)
}
