internal import Neural

extension OperatorTable {
  static let reduction: [String: OperatorImport] = [
    "ReduceSum": reduce(.sum, axesInputSince: 13),
    "ReduceMean": reduce(.mean), "ReduceMax": reduce(.maximum), "ReduceMin": reduce(.minimum),
    "ReduceProd": reduce(.product), "ReduceL1": reduce(.l1), "ReduceL2": reduce(.l2),
    "ReduceLogSum": reduce(.logSum), "ReduceLogSumExp": reduce(.logSumExp),
    "ReduceSumSquare": reduce(.sumSquare),
    "ArgMax": extremum(.maximum), "ArgMin": extremum(.minimum),
    "CumSum": OperatorImport(2...2) { node in
      node.define(
        CumulativeSum(
          exclusive: try node.flag("exclusive"), reverse: try node.flag("reverse")))
    },
    "CumProd": OperatorImport(2...2) { node in
      node.define(
        CumulativeSum(
          function: .product, exclusive: try node.flag("exclusive"),
          reverse: try node.flag("reverse")))
    },
    "Hardmax": OperatorImport(1...1) { node in
      guard node.version < 13 else {
        return node.define(Hardmax(axis: try node.integer("axis", default: -1)))
      }
      let axis = try node.integer("axis", default: 1)
      let shape = node.intermediate(ShapeOf(), [try node.input(0)])
      let rows = node.intermediate(Flatten(axis: axis), [try node.input(0)])
      node.define(Reshape(), [node.intermediate(Hardmax(axis: 1), [rows]), shape])
    },
    "TopK": OperatorImport(1...2, outputs: 2) { node in
      let count: Graph.ValueID?
      if node.version < 10 {
        count = try node.attributes.integer("k").map { try node.vector([$0]) }
      } else {
        count = node.optionalInput(1)
      }
      guard let count else { throw AttributeError("k is missing") }
      let operation = TopK(
        axis: try node.integer("axis", default: -1),
        largest: try node.flag("largest", default: true),
        sorted: try node.flag("sorted", default: true))
      node.define(operation, [try node.input(0), count])
    },
  ]

  private static func reduce(
    _ function: Reduction.Function, axesInputSince: Int = 18
  ) -> OperatorImport {
    OperatorImport(1...2) { node in
      let axes = try node.parameter("axes", input: 1, inputSince: axesInputSince)
      let emptyIsIdentity =
        node.version >= axesInputSince ? try node.flag("noop_with_empty_axes") : false
      let operation = Reduction(
        function: function, keepDimensions: try node.flag("keepdims", default: true),
        emptyAxesIsIdentity: emptyIsIdentity)
      node.define(operation, [try node.input(0), axes])
    }
  }

  private static func extremum(_ function: ArgExtremum.Function) -> OperatorImport {
    OperatorImport(1...1) { node in
      node.define(
        ArgExtremum(
          function: function, axis: try node.integer("axis", default: 0),
          keepDimensions: try node.flag("keepdims", default: true),
          selectLast: try node.flag("select_last_index")))
    }
  }
}
