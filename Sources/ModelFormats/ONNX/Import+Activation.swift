internal import Neural

extension OperatorTable {
  static let activation: [String: OperatorImport] = [
    "Relu": function(.relu),
    "Sigmoid": function(.sigmoid),
    "Tanh": function(.tanh),
    "Softplus": function(.softplus),
    "Softsign": function(.softsign),
    "Mish": function(.mish),
    "HardSwish": function(.hardSwish),
    "LeakyRelu": function { .leakyRelu(alpha: try $0.float("alpha", default: 0.01)) },
    "Elu": function { .elu(alpha: try $0.float("alpha", default: 1)) },
    "Celu": function { .celu(alpha: try $0.float("alpha", default: 1)) },
    "ThresholdedRelu": function {
      .thresholdedRelu(alpha: try $0.float("alpha", default: 1))
    },
    "Swish": function { .swish(beta: try $0.float("alpha", default: 1)) },
    "SwiGLU": OperatorImport(2...2) { node in
      let swish = Activation(function: .swish(beta: try node.float("alpha", default: 1)))
      let gate = node.intermediate(swish, [try node.input(0)])
      node.define(ElementwiseBinary(function: .multiply), [gate, try node.input(1)])
    },
    "Selu": function { node in
      let isFirst = node.version < 6
      return .selu(
        alpha: try node.float("alpha", default: isFirst ? 1.6732 : 1.673_263_2),
        gamma: try node.float("gamma", default: isFirst ? 1.0507 : 1.050_701))
    },
    "HardSigmoid": function {
      .hardSigmoid(
        alpha: try $0.float("alpha", default: 0.2), beta: try $0.float("beta", default: 0.5))
    },
    "Gelu": function {
      try $0.choice("approximate", default: "none", ["none": .gelu, "tanh": .geluTanh])
    },
    "PRelu": OperatorImport(2...2) { node in
      if node.version < 6 { node.attributes.ignore("consumed_inputs") }
      let slope = try node.input(1)
      // Before operator set 7 a vector of slopes was one per channel.
      guard node.version < 7, node.constant(1)?.shape != [1], node.rank(slope) != 0 else {
        return node.define(PRelu())
      }
      guard let rank = node.rank(try node.input(0)), let slopeRank = node.rank(slope) else {
        throw UnsupportedUse("a slope per channel for an input of unknown rank")
      }
      guard slopeRank == 1, rank > 2 else { return node.define(PRelu()) }
      let axes = try node.vector(Array(1..<(rank - 1)))
      let perChannel = node.intermediate(Unsqueeze(), [slope, axes])  // [C, 1...]
      node.define(PRelu(), [try node.input(0), perChannel])
    },
    "Clip": OperatorImport(1...3) { node in
      let limits = (-Float.greatestFiniteMagnitude, Float.greatestFiniteMagnitude)
      if node.version < 11 {
        if node.version < 6 { node.attributes.ignore("consumed_inputs") }
        let minimum = try node.float("min", default: limits.0)
        let maximum = try node.float("max", default: limits.1)
        node.define(
          Activation(function: .clip(min: minimum, max: maximum)), [try node.input(0)])
        return
      }
      // Stored bounds become part of the operator, so that it can be fused into the one before.
      let bounds = (1...2).map { node.optionalInput($0) == nil ? nil : node.constant($0) }
      let areStored = (1...2).allSatisfy { index in
        node.optionalInput(index) == nil
          || bounds[index - 1].map { $0.elementType == .float32 && $0.count == 1 } == true
      }
      guard areStored, bounds[0] != nil || bounds[1] != nil else {
        return node.define(Clip())
      }
      let minimum = bounds[0]?.floats()[0] ?? -.infinity
      let maximum = bounds[1]?.floats()[0] ?? .infinity
      guard !minimum.isNaN, !maximum.isNaN else { throw AttributeError("a bound is NaN") }
      node.define(
        Activation(function: .clip(min: minimum, max: maximum)), [try node.input(0)])
    },
    "Softmax": softmax(logarithmic: false),
    "LogSoftmax": softmax(logarithmic: true),
  ]

  private static func function(_ function: ActivationFunction) -> OperatorImport {
    Self.function { _ in function }
  }

  private static func function(
    _ function: @escaping @Sendable (NodeImport) throws -> ActivationFunction
  ) -> OperatorImport {
    OperatorImport(1...1) { node in
      if node.version < 6 { node.attributes.ignore("consumed_inputs") }
      node.define(Activation(function: try function(node)))
    }
  }

  /// Softmax over one axis since operator set 13; before, over all axes from `axis` on together.
  private static func softmax(logarithmic: Bool) -> OperatorImport {
    OperatorImport(1...1) { node in
      guard node.version < 13 else {
        let axis = try node.integer("axis", default: -1)
        return node.define(Softmax(axis: axis, logarithmic: logarithmic))
      }
      let axis = try node.integer("axis", default: 1)
      let input = try node.input(0)
      if axis == -1 || node.rank(input) == axis + 1 {
        return node.define(Softmax(axis: axis, logarithmic: logarithmic))
      }
      let shape = node.intermediate(ShapeOf(), [input])
      let rows = node.intermediate(Flatten(axis: axis), [input])
      let result = node.intermediate(Softmax(axis: 1, logarithmic: logarithmic), [rows])
      node.define(Reshape(), [result, shape])
    }
  }
}
