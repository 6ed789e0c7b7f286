internal import Neural

extension OperatorTable {
  static let normalization: [String: OperatorImport] = [
    "BatchNormalization": OperatorImport(5...5, outputs: 5) { node in
      if try node.version < 7 && !node.flag("is_test") {
        throw UnsupportedUse("training mode (is_test is 0)")
      }
      if try node.flag("training_mode") {
        return node.define(
          BatchStatistics(
            epsilon: try node.float("epsilon", default: 1e-5),
            momentum: try node.float("momentum", default: 0.9)))
      }
      guard node.version < 14 || node.outputs.count == 1 else {
        throw UnsupportedUse("running statistics outside training mode")
      }
      if try !node.flag("spatial", default: true) { throw UnsupportedUse("spatial is 0") }
      node.attributes.ignore("momentum")
      if node.version < 6 { node.attributes.ignore("consumed_inputs") }
      // Operator sets before 14 list outputs that only training fills.
      node.define(
        BatchNormalization(epsilon: try node.float("epsilon", default: 1e-5)), node.inputs,
        output: 0)
    },
    "InstanceNormalization": OperatorImport(3...3) { node in
      if node.version < 6 { node.attributes.ignore("consumed_inputs") }
      node.define(InstanceNormalization(epsilon: try node.float("epsilon", default: 1e-5)))
    },
    "LayerNormalization": OperatorImport(2...3, outputs: 3) { node in
      // The type in which intermediate results are kept: always Float32 here.
      node.attributes.ignore("stash_type")
      let operation = LayerNormalization(
        axis: try node.integer("axis", default: -1),
        epsilon: try node.float("epsilon", default: 1e-5))
      node.define(operation, node.inputs, output: 0)
      if node.outputs.count > 1 { try defineMoments(node, of: operation) }
    },
    "RMSNormalization": OperatorImport(2...2) { node in
      node.attributes.ignore("stash_type")
      node.define(
        RootMeanSquareNormalization(
          axis: try node.integer("axis", default: -1),
          epsilon: try node.float("epsilon", default: 1e-5)))
    },
    "MeanVarianceNormalization": OperatorImport(1...1) { node in
      let axes = try node.vector(try node.attributes.integers("axes") ?? [0, 2, 3])
      let x = try node.input(0)
      let mean = node.intermediate(
        Reduction(function: .mean, keepDimensions: true), [x, axes])
      let centred = node.intermediate(ElementwiseBinary(function: .subtract), [x, mean])
      let square = node.intermediate(ElementwiseBinary(function: .multiply), [centred, centred])
      let variance = node.intermediate(
        Reduction(function: .mean, keepDimensions: true), [square, axes])
      let deviation = node.intermediate(ElementwiseUnary(function: .squareRoot), [variance])
      let divisor = node.intermediate(
        ElementwiseBinary(function: .add), [deviation, try node.scalar(1e-9)])
      node.define(ElementwiseBinary(function: .divide), [centred, divisor])
    },
    "GroupNormalization": OperatorImport(3...3) { node in
      node.attributes.ignore("stash_type")
      guard let groups = try node.attributes.integer("num_groups") else {
        throw AttributeError("attribute num_groups is missing")
      }
      guard groups > 0 else {
        throw AttributeError("attribute num_groups is \(groups), at least 1 allowed")
      }
      let operation = GroupNormalization(
        groups: groups, epsilon: try node.float("epsilon", default: 1e-5))
      guard node.version < 21 else { return node.define(operation) }
      let scale = try perChannel(node.input(1), groups: groups, node)
      let bias = try perChannel(node.input(2), groups: groups, node)
      node.define(operation, [try node.input(0), scale, bias])
    },
    "LRN": OperatorImport(1...1) { node in
      guard let size = try node.attributes.integer("size") else {
        throw AttributeError("attribute size is missing")
      }
      node.define(
        LocalResponseNormalization(
          size: size, alpha: try node.float("alpha", default: 1e-4),
          beta: try node.float("beta", default: 0.75), bias: try node.float("bias", default: 1)))
    },
    "LpNormalization": OperatorImport(1...1) { node in
      node.define(
        LpNormalization(
          axis: try node.integer("axis", default: -1), p: try node.integer("p", default: 2)))
    },
  ]

  /// Defines outputs 1 and 2 of a layer normalisation: the means and the inverse deviations.
  private static func defineMoments(
    _ node: NodeImport, of operation: LayerNormalization
  ) throws {
    let x = try node.input(0)
    guard let rank = node.rank(x) else { throw UnsupportedUse("moments of unknown rank") }
    let first = operation.axis < 0 ? operation.axis + rank : operation.axis
    guard (0..<rank).contains(first) else {
      throw AttributeError("attribute axis is \(operation.axis) for \(rank) axes")
    }
    let axes = try node.vector(Array(first..<rank))
    let mean = Reduction(function: .mean, keepDimensions: true)
    node.define(mean, [x, axes], output: 1)
    guard node.outputs.count > 2 else { return }
    let centred = node.intermediate(
      ElementwiseBinary(function: .subtract), [x, node.outputs[1]])
    let square = node.intermediate(ElementwiseBinary(function: .multiply), [centred, centred])
    let variance = node.intermediate(
      ElementwiseBinary(function: .add),
      [node.intermediate(mean, [square, axes]), try node.scalar(operation.epsilon)])
    let deviation = node.intermediate(ElementwiseUnary(function: .squareRoot), [variance])
    node.define(ElementwiseUnary(function: .reciprocal), [deviation], output: 2)
  }

  /// Repeats a number per group `[G]` for the channels of input 0, as `[C]`: until operator set 21
  /// group normalisation was scaled so.
  private static func perChannel(
    _ value: Graph.ValueID, groups: Int, _ node: NodeImport
  ) throws -> Graph.ValueID {
    let groupCount = try node.vector([groups])
    let channels = node.intermediate(ShapeOf(start: 1, end: 2), [try node.input(0)])
    let perGroup = node.intermediate(
      ElementwiseBinary(function: .divide), [channels, groupCount])
    let column = node.intermediate(Unsqueeze(), [value, try node.vector([1])])
    let table = node.intermediate(Concat(axis: 0), [groupCount, perGroup])  // [G, C / G]
    let repeated = node.intermediate(Expand(), [column, table])
    return node.intermediate(Reshape(), [repeated, try node.vector([-1])])
  }
}
