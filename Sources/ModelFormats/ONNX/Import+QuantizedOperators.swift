internal import Neural

/// Operators of ONNX Runtime's own domain that its quantiser writes: each is an ordinary operator
/// between `DequantizeLinear` and `QuantizeLinear`.
extension OperatorTable {
  static let quantizedOperators: [String: OperatorImport] = [
    "QLinearAdd": binary(.add), "QLinearMul": binary(.multiply),
    "QLinearSigmoid": OperatorImport(4...5) { node in
      try requantize(node, Activation(function: .sigmoid), scale: 3)
    },
    "QLinearLeakyRelu": OperatorImport(4...5) { node in
      let slope = try node.float("alpha", default: 0.01)
      try requantize(node, Activation(function: .leakyRelu(alpha: slope)), scale: 3)
    },
    "QLinearGlobalAveragePool": OperatorImport(4...5) { node in
      guard try !node.flag("channels_last") else { throw UnsupportedUse("channels_last") }
      try requantize(node, GlobalPool(function: .average), scale: 3)
    },
    "QLinearAveragePool": OperatorImport(4...5) { node in
      guard try !node.flag("channels_last") else { throw UnsupportedUse("channels_last") }
      try requantize(node, try averagePool(node), scale: 3)
    },
    "QLinearSoftmax": OperatorImport(5...5) { node in
      let axis = try node.integer("axis", default: -1)
      // Before operator set 13 all axes from this one on were one.
      let version = try node.integer("opset", default: 13)
      let rank = node.rank(try node.input(0))
      guard version >= 13 || axis == -1 || rank.map({ $0 - 1 }) == axis else {
        throw UnsupportedUse("axis \(axis) of operator set \(version)")
      }
      try requantize(node, Softmax(axis: axis), scale: 3)
    },
    "QLinearWhere": OperatorImport(9...9) { node in
      let chosen = try node.intermediate(
        Where(), [try node.input(0), try dequantized(node, 1), try dequantized(node, 4)])
      node.define(QuantizeLinear(axis: 0), [chosen, try node.input(7), node.optionalInput(8)])
    },
    "QGemm": OperatorImport(6...9) { node in try product(node) },
    "QLinearConcat": OperatorImport(4...Int(Int16.max)) { node in
      let axis = try node.integer("axis", default: 1)
      let parts = try stride(from: 2, to: node.inputs.count, by: 3).map {
        try dequantized(node, $0)
      }
      let joined = node.intermediate(Concat(axis: axis), parts)
      node.define(
        QuantizeLinear(axis: 0), [joined, try node.input(0), node.optionalInput(1)])
    },
  ]

  private static func binary(_ function: ElementwiseBinary.Function) -> OperatorImport {
    OperatorImport(7...8) { node in
      let operands = [try dequantized(node, 0), try dequantized(node, 3)]
      let result = node.intermediate(ElementwiseBinary(function: function), operands)
      node.define(QuantizeLinear(axis: 0), [result, try node.input(6), node.optionalInput(7)])
    }
  }

  /// A Gemm whose third operand is Int32 in steps of both scales; floating point where no scale of the
  /// result is given.
  private static func product(_ node: NodeImport) throws {
    let transposeB = try node.flag("transB")
    let gemm = Gemm(
      alpha: 1, beta: 1, transposeA: try node.flag("transA"), transposeB: transposeB)
    let alpha = try node.float("alpha", default: 1)
    guard alpha == 1 else { throw UnsupportedUse("alpha \(alpha)") }
    let b = node.intermediate(
      DequantizeLinear(axis: transposeB ? 0 : 1),
      [try node.input(3), try node.input(4), node.optionalInput(5)])
    var operands: [Graph.ValueID?] = [try dequantized(node, 0), b]
    if let addend = node.optionalInput(6) {
      let step = node.intermediate(
        ElementwiseBinary(function: .multiply), [try node.input(1), try node.input(4)])
      operands.append(node.intermediate(DequantizeLinear(axis: 0), [addend, step]))
    }
    guard let scale = node.optionalInput(7) else { return node.define(gemm, operands) }
    let result = node.intermediate(gemm, operands)
    node.define(QuantizeLinear(axis: 0), [result, scale, node.optionalInput(8)])
  }

  /// - Parameter scale: The input that is the result's scale; its zero point follows.
  private static func requantize(
    _ node: NodeImport, _ operation: any Operator, scale: Int
  ) throws {
    let result = node.intermediate(operation, [try dequantized(node, 0)])
    node.define(
      QuantizeLinear(axis: 0), [result, try node.input(scale), node.optionalInput(scale + 1)])
  }

  /// The numbers of an input whose scale and zero point follow it.
  private static func dequantized(_ node: NodeImport, _ index: Int) throws -> Graph.ValueID {
    node.intermediate(
      DequantizeLinear(axis: 0),
      [try node.input(index), try node.input(index + 1), node.optionalInput(index + 2)])
  }
}
