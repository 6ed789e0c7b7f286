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
