internal import Neural

extension OperatorTable {
  static let quantization: [String: OperatorImport] = [
    "QuantizeLinear": OperatorImport(2...3) { node in
      // How 8-bit floats saturate, and the type to divide in: always Float32 here.
      node.attributes.ignore("saturate", "precision")
      let code = try node.integer("output_dtype", default: 0)
      guard let type = ONNXElementType.elementType(code == 0 ? 2 : code), !type.isFloatingPoint
      else { throw UnsupportedUse("quantisation to \(ONNXElementType.name(code))") }
      node.define(
        QuantizeLinear(
          axis: try node.integer("axis", default: 1),
          blockSize: try node.integer("block_size", default: 0), elementType: type))
    },
    "DequantizeLinear": OperatorImport(2...3) { node in
      node.attributes.ignore("output_dtype")
      node.define(
        DequantizeLinear(
          axis: try node.integer("axis", default: 1),
          blockSize: try node.integer("block_size", default: 0)))
    },
    "DynamicQuantizeLinear": OperatorImport(1...1, outputs: 3) { node in
      node.define(DynamicQuantizeLinear())
    },
    "MatMulInteger": .plain(2...4, QuantizedMatMul(requantizes: false)),
    "QLinearMatMul": .plain(8...8, QuantizedMatMul(requantizes: true)),
    "ConvInteger": OperatorImport(2...4) { node in
      try convolution(node, weights: 1, requantizes: false)
    },
    "QLinearConv": OperatorImport(8...9) { node in
      try convolution(node, weights: 3, requantizes: true)
    },
  ]

  private static func convolution(
    _ node: NodeImport, weights: Int, requantizes: Bool
  ) throws {
    let window = try Window(node, weights: try node.input(weights))
    guard !window.strides.isEmpty else {
      throw UnsupportedUse("an input and weights of unknown rank")
    }
    node.define(
      QuantizedConvolution(
        geometry: try window.convolution(node, axes: window.strides.count),
        requantizes: requantizes))
  }
}
