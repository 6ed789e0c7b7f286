internal import Neural

extension OperatorTable {
  static let pooling: [String: OperatorImport] = [
    "MaxPool": OperatorImport(1...1) { node in
      let window = try Window(node)
      // Says only how the indices, a second output, are counted.
      _ = try node.flag("storage_order")
      node.define(
        MaxPool(
          kernel: try window.requiredKernel(), strides: window.strides,
          dilations: window.dilations, padsBegin: window.padsBegin, padsEnd: window.padsEnd,
          ceilMode: try node.flag("ceil_mode"), autoPad: window.autoPad))
    },
    "AveragePool": OperatorImport(1...1) { node in
      let window = try Window(node)
      node.define(
        AveragePool(
          kernel: try window.requiredKernel(), strides: window.strides,
          dilations: window.dilations, padsBegin: window.padsBegin, padsEnd: window.padsEnd,
          ceilMode: try node.flag("ceil_mode"),
          countIncludePad: try node.flag("count_include_pad"), autoPad: window.autoPad))
    },
    "GlobalAveragePool": .plain(1...1, GlobalPool(function: .average)),
    "GlobalMaxPool": .plain(1...1, GlobalPool(function: .max)),
  ]
}
