internal import Neural

extension OperatorTable {
  static let convolution: [String: OperatorImport] = [
    "Conv": OperatorImport(2...3) { node in
      let window = try Window(node, weights: try node.input(1))
      guard !window.strides.isEmpty else {
        return node.define(
          UnrankedConvolution(
            groups: try node.integer("group", default: 1), autoPad: window.autoPad))
      }
      node.define(try window.convolution(node, axes: window.strides.count))
    },
    "ConvTranspose": OperatorImport(2...3) { node in
      let window = try Window(node, weights: try node.input(1))
      let axes = window.strides.count
      guard axes > 0 else { throw UnsupportedUse("an input and weights of unknown rank") }
      let outputPadding =
        try node.attributes.integers("output_padding") ?? Array(repeating: 0, count: axes)
      guard outputPadding.count == axes else {
        throw AttributeError(
          "attribute output_padding has \(outputPadding.count) numbers, expected \(axes)")
      }
      var outputShape = try node.attributes.integers("output_shape")
      // Some exporters write batch and channels too.
      if let shape = outputShape, shape.count == axes + 2 {
        outputShape = Array(shape.suffix(axes))
      }
      if let shape = outputShape, shape.count != axes {
        throw AttributeError(
          "attribute output_shape has \(shape.count) numbers, expected \(axes)")
      }
      node.define(
        ConvolutionTranspose(
          strides: window.strides, dilations: window.dilations, padsBegin: window.padsBegin,
          padsEnd: window.padsEnd, outputPadding: outputPadding,
          groups: try node.integer("group", default: 1), autoPad: window.autoPad,
          outputShape: outputShape))
    },
  ]
}
