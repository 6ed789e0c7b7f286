internal import Neural

/// The activation functions by Darknet's names (`src/activations.c`), as far as they can be run.
enum DarknetActivation: String, CaseIterable {
  case linear, leaky, relu, relu6, logistic, tanh, elu, selu, mish, swish, gelu, hardtan, relie

  /// Darknet's own constants: slope 0.1 for `leaky` and 0.01 for `relie`.
  var function: ActivationFunction {
    switch self {
    case .linear: .identity
    case .leaky: .leakyRelu(alpha: 0.1)
    case .relu: .relu
    case .relu6: .clip(min: 0, max: 6)
    case .logistic: .sigmoid
    case .tanh: .tanh
    case .elu: .elu(alpha: 1)
    case .selu: .selu(alpha: 1.6732, gamma: 1.0507)
    case .mish: .mish
    case .swish: .silu
    case .gelu: .geluTanh
    case .hardtan: .clip(min: -1, max: 1)
    case .relie: .leakyRelu(alpha: 0.01)
    }
  }
}
