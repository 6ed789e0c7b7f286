import ModelFormats
import Neural
import Testing

/// What ONNX nodes become, above all those of older operator sets.
@Suite struct ONNXImportTests {
  typealias Builder = ONNXModelBuilder

  private func onlyNode(_ builder: Builder) throws -> (Graph.Node, Graph) {
    let graph = try builder.read().graph
    #expect(graph.nodes.count == 1)
    return (try #require(graph.nodes.first), graph)
  }

  private func constant(_ index: Int, _ node: Graph.Node, _ graph: Graph) throws -> Tensor {
    let value = try #require(node.inputs[index])
    return try #require(graph.constants[value])
  }

  @Test func convolutionAttributes() throws {
    let weights = Builder.tensor("w", [4, 3, 3, 5], floats: Array(repeating: 0, count: 180))
    let (node, _) = try onlyNode(
      .single(
        "Conv", weights: [weights],
        [
          .ints("strides", [2, 1]), .ints("pads", [1, 2, 3, 4]), .ints("dilations", [1, 2]),
          .int("group", 1), .ints("kernel_shape", [3, 5]),
        ]))
    let expected = Convolution(
      strides: [2, 1], dilations: [1, 2], padsBegin: [1, 2], padsEnd: [3, 4])
    #expect(node.operation as? Convolution == expected)
  }

  /// Operators of ONNX Runtime's quantiser: floating-point ones between integers.
  @Test func quantisedOperators() throws {
    for (name, count, attributes, kinds) in [
      ("QLinearSoftmax", 5, [.int("axis", -1), .int("opset", 13)], ["Softmax"]),
      ("QLinearAveragePool", 5, [.ints("kernel_shape", [2, 2])], ["AveragePool"]),
      ("QLinearWhere", 9, [], ["DequantizeLinear", "Where"]),
      ("QGemm", 9, [.int("transB", 1)], ["DequantizeLinear", "Mul", "DequantizeLinear", "Gemm"]),
    ] as [(String, Int, [Onnx_AttributeProto], [String])] {
      let model = try quantised(name, inputCount: count, attributes)
      #expect(model.unsupported.isEmpty)
      #expect(
        model.graph.nodes.map(\.operation.name) == ["DequantizeLinear"] + kinds
          + ["QuantizeLinear"])
    }
  }

  /// Until then several axes made one list; the largest number there is names none.
  @Test(arguments: [1, Int.max, Int.min])
  func quantisedSoftmaxBeforeOpset13(axis: Int) throws {
    let model = try quantised(
      "QLinearSoftmax", inputCount: 5, [.int("axis", axis), .int("opset", 12)])
    #expect(model.unsupported.count == 1)
  }

  private func quantised(
    _ name: String, inputCount: Int, _ attributes: [Onnx_AttributeProto]
  ) throws -> Model {
    let inputs = (0..<inputCount).map { "n\($0)" }
    var builder = Builder()
    builder.proto.opsetImport.append(
      Onnx_OperatorSetIdProto.with {
        $0.domain = "com.microsoft"
        $0.version = 1
      })
    builder.input("n0", [1, 1, 4, 4])
    for input in inputs.dropFirst() { builder.input(input, [1]) }
    builder.node(name, inputs, ["y"], domain: "com.microsoft", attributes)
    builder.output("y")
    return try builder.read()
  }

  @Test func convolutionDefaultsFollowWeights() throws {
    let weights = Builder.tensor("w", [4, 3, 1, 1, 1], floats: Array(repeating: 0, count: 12))
    let (node, _) = try onlyNode(
      .single(
        "Conv", dims: [1, 3, 8, 8, 8], weights: [weights], [.string("auto_pad", "SAME_UPPER")]))
    let expected = Convolution(
      strides: [1, 1, 1], dilations: [1, 1, 1], padsBegin: [0, 0, 0], padsEnd: [0, 0, 0],
      autoPad: .sameUpper)
    #expect(node.operation as? Convolution == expected)
  }

  @Test(arguments: [
    [Onnx_AttributeProto.ints("kernel_shape", [3])],
    [.ints("kernel_shape", [3, 3])],
    [.ints("strides", [1])],
    [.ints("pads", [1, 1, 1])],
    [.string("auto_pad", "SAME")],
    [.string("auto_pad", "VALID"), .ints("pads", [1, 1, 1, 1])],
  ])
  func convolutionRefusals(attributes: [Onnx_AttributeProto]) {
    let weights = Builder.tensor("w", [4, 3, 1, 1], floats: Array(repeating: 0, count: 12))
    #expect(throws: ModelError.self) {
      try Builder.single("Conv", weights: [weights], attributes).read()
    }
  }

  @Test func sliceBeforeOpset10TakesAttributes() throws {
    let (node, graph) = try onlyNode(
      .single("Slice", opset: 9, [.ints("starts", [1]), .ints("ends", [3]), .ints("axes", [2])]))
    #expect(try constant(1, node, graph).integers() == [1])
    #expect(try constant(2, node, graph).integers() == [3])
    #expect(try constant(3, node, graph).integers() == [2])
  }

  @Test func clipBounds() throws {
    let expected = Activation(function: .clip(min: 0, max: 6))
    let old = try onlyNode(.single("Clip", opset: 6, [.float("min", 0), .float("max", 6)])).0
    #expect(old.operation as? Activation == expected)
    let bounds = [
      Builder.tensor("a", [], floats: [0]), Builder.tensor("b", [], floats: [6]),
    ]
    let new = try onlyNode(.single("Clip", weights: bounds)).0
    #expect(new.operation as? Activation == expected)
    #expect(new.inputs.count == 1)
  }

  @Test func axesMoveFromAttributesToInputs() throws {
    for (operation, opset) in [("Squeeze", 11), ("Unsqueeze", 11), ("ReduceMean", 13)] {
      let (node, graph) = try onlyNode(.single(operation, opset: opset, [.ints("axes", [0])]))
      #expect(try constant(1, node, graph).integers() == [0], "\(operation)")
    }
    let axes = Builder.tensor("axes", [1], integers: [0])
    for (operation, opset) in [("Squeeze", 13), ("Unsqueeze", 13), ("ReduceMean", 18)] {
      let (node, graph) = try onlyNode(.single(operation, opset: opset, weights: [axes]))
      #expect(try constant(1, node, graph).integers() == [0], "\(operation)")
      // The attribute is no longer known.
      #expect(throws: ModelError.self) {
        try Builder.single(operation, opset: opset, weights: [axes], [.ints("axes", [0])]).read()
      }
    }
  }

  @Test func softmaxBeforeOpset13CoversTrailingAxes() throws {
    let builder = Builder.single("Softmax", opset: 11, dims: [2, 3, 4], [.int("axis", 1)])
    let names = try builder.read().graph.nodes.map(\.operation.name)
    #expect(names.count == 4)
    let last = Builder.single("Softmax", opset: 11, dims: [2, 3, 4], [.int("axis", 2)])
    let (node, _) = try onlyNode(last)
    #expect(node.operation as? Softmax == Softmax(axis: 2))
  }

  @Test func resizeByOperatorSet() throws {
    let scales = Builder.tensor("s", [4], floats: [1, 1, 2, 2])
    let floor = Resize(mode: .nearest, coordinates: .asymmetric, nearest: .floor)
    #expect(
      try onlyNode(.single("Upsample", opset: 7, [.floats("scales", [1, 1, 2, 2])])).0.operation
        as? Resize == floor)
    #expect(
      try onlyNode(.single("Upsample", opset: 9, weights: [scales])).0.operation as? Resize == floor
    )
    #expect(
      try onlyNode(.single("Resize", opset: 10, weights: [scales])).0.operation as? Resize == floor)
    let empty = Builder.tensor("roi", [0], floats: [])
    let (node, _) = try onlyNode(
      .single(
        "Resize", opset: 11, weights: [empty, scales],
        [.string("coordinate_transformation_mode", "align_corners"), .string("mode", "linear")]))
    let linear = Resize(mode: .linear, coordinates: .alignCorners, nearest: .roundPreferFloor)
    #expect(node.operation as? Resize == linear)
    #expect(node.inputs.count == 4)
    #expect(node.inputs[1] == nil)
    #expect(node.inputs[3] == nil)
  }

  @Test func constantsOfEveryKind() throws {
    let kinds: [(Onnx_AttributeProto, [Float])] = [
      (.tensor("value", Builder.tensor("", [2], floats: [1, 2])), [1, 2]),
      (.float("value_float", 3), [3]), (.floats("value_floats", [4, 5]), [4, 5]),
      (.int("value_int", 6), [6]), (.ints("value_ints", [7, 8]), [7, 8]),
    ]
    for (attribute, expected) in kinds {
      var builder = Builder()
      builder.node("Constant", [], ["c"], [attribute])
      builder.output("c")
      let graph = try builder.read().graph
      #expect(graph.nodes.isEmpty)
      #expect(graph.constants[graph.outputs[0].value]?.floats() == expected)
    }
  }

  @Test func legacyBroadcastAddsTrailingAxes() throws {
    let bias = Builder.tensor("b", [3], floats: [1, 2, 3])
    let builder = Builder.single(
      "Add", opset: 6, dims: [1, 3, 4, 4], weights: [bias], [.int("broadcast", 1), .int("axis", 1)])
    let graph = try builder.read().graph
    #expect(graph.nodes.count == 2)
    let axes = try constant(1, graph.nodes[0], graph)
    #expect(try axes.integers() == [1, 2])
  }

  @Test func splitSizes() throws {
    var builder = Builder.single("Split", opset: 11, [.int("axis", 1), .ints("split", [1, 2])])
    builder.proto.graph.node[0].output = ["y", "z"]
    let (node, graph) = try onlyNode(builder)
    #expect(node.operation as? Split == Split(axis: 1, outputCount: 2))
    #expect(try constant(1, node, graph).integers() == [1, 2])
    #expect(node.outputs.count == 2)
  }
}
