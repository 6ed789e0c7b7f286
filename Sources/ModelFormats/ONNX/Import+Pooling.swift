internal import Neural

extension OperatorTable {
  static let pooling: [String: OperatorImport] = [
    "MaxPool": OperatorImport(1...1, outputs: 2) { node in
      let window = try Window(node)
      let isColumnMajor = try node.flag("storage_order")
      let operation = MaxPool(
        kernel: try window.requiredKernel(), strides: window.strides,
        dilations: window.dilations, padsBegin: window.padsBegin, padsEnd: window.padsEnd,
        ceilMode: try node.flag("ceil_mode"), autoPad: window.autoPad)
      node.define(operation, node.inputs, output: 0)
      if node.outputs.count > 1 {
        node.define(
          MaxPoolIndices(pool: operation, isColumnMajor: isColumnMajor), node.inputs, output: 1)
      }
    },
    "MaxUnpool": OperatorImport(2...3) { node in
      let window = try Window(node)
      node.define(
        MaxUnpool(
          kernel: try window.requiredKernel(), strides: window.strides,
          padsBegin: window.padsBegin, padsEnd: window.padsEnd))
    },
    "LpPool": OperatorImport(1...1) { node in
      let window = try Window(node)
      let p =
        node.version < 2 ? Int(try node.float("p", default: 2)) : try node.integer("p", default: 2)
      node.define(
        LpPool(
          p: p, kernel: try window.requiredKernel(), strides: window.strides,
          dilations: window.dilations, padsBegin: window.padsBegin, padsEnd: window.padsEnd,
          ceilMode: try node.flag("ceil_mode"), autoPad: window.autoPad))
    },
    "GlobalLpPool": OperatorImport(1...1) { node in
      let p =
        node.version < 2 ? Int(try node.float("p", default: 2)) : try node.integer("p", default: 2)
      guard let rank = node.rank(try node.input(0)), rank >= 2, p == 1 || p == 2 else {
        throw UnsupportedUse("p is \(p), or an input of unknown rank")
      }
      node.define(
        Reduction(function: p == 1 ? .l1 : .l2, keepDimensions: true),
        [try node.input(0), try node.vector(Array(2..<max(rank, 3)))])
    },
    "AveragePool": OperatorImport(1...1) { node in node.define(try averagePool(node)) },
    "GlobalAveragePool": .plain(1...1, GlobalPool(function: .average)),
    "GlobalMaxPool": .plain(1...1, GlobalPool(function: .max)),
  ]

  /// Means over windows, as a node's attributes describe them.
  static func averagePool(_ node: NodeImport) throws -> AveragePool {
    let window = try Window(node)
    return AveragePool(
      kernel: try window.requiredKernel(), strides: window.strides, dilations: window.dilations,
      padsBegin: window.padsBegin, padsEnd: window.padsEnd,
      ceilMode: try node.flag("ceil_mode"), countIncludePad: try node.flag("count_include_pad"),
      autoPad: window.autoPad)
  }
}
