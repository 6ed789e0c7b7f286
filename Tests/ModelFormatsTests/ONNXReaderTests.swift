import FoundationEssentials
import ModelFormats
import Neural
import Testing

@Suite struct ONNXReaderTests {
  typealias Builder = ONNXModelBuilder

  /// Expects `build()` to be refused with a message containing every fragment.
  private func expectRefusal(
    _ builder: Builder, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      _ = try builder.read()
      Issue.record("not refused", sourceLocation: sourceLocation)
    } catch {
      let message = String(describing: error)
      for fragment in fragments {
        #expect(message.contains(fragment), "\(message)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test func describesModel() throws {
    var builder = Builder.single("Relu")
    builder.proto.producerName = "maker"
    builder.proto.producerVersion = "1.2"
    builder.proto.metadataProps = [
      Onnx_StringStringEntryProto.with {
        $0.key = "stride"
        $0.value = "32"
      }
    ]
    let model = try builder.read()
    #expect(model.format == .onnx)
    #expect(model.producer == "maker 1.2")
    #expect(model.metadata == ["stride": "32"])
    #expect(model.opsets == ["": 17])
    #expect(model.nodeCount == 1)
    #expect(model.operatorCounts == ["Relu": 1])
    #expect(model.graph.nodes[0].operation as? Activation == Activation(function: .relu))
    #expect(model.inputs[0].shape == [1, 3, 8, 8])
    #expect(model.graph.outputs.map(\.name) == ["y"])
  }

  @Test func initializerListedAsInputIsConstant() throws {
    var builder = Builder.single("Add", weights: [Builder.tensor("w", [1], floats: [2])])
    builder.input("w", [1])
    let model = try builder.read()
    #expect(model.graph.inputs.map(\.name) == ["x"])
    #expect(model.parameterCount == 1)
  }

  @Test func floatingPointTypesArePromoted() throws {
    // 1.5 in each of the types.
    let weights = [
      Builder.raw("h", [1], type: 10, [UInt16(0x3e00)]),
      Builder.raw("b", [1], type: 16, [UInt16(0x3fc0)]),
      Builder.raw("d", [1], type: 11, [1.5]),
    ]
    var builder = Builder(opset: 17)
    builder.input("x", [1], dataType: 10)
    for tensor in weights { builder.weights(tensor) }
    builder.node("Sum", ["x", "h", "b", "d"], ["s"])
    builder.node("Cast", ["s"], ["y"], [.int("to", 10)])
    builder.output("y")
    let model = try builder.read()
    #expect(model.graph.inputs[0].elementType == .float32)
    #expect(model.inputs[0].elementType == "float16")
    #expect(model.tensors.map(\.elementType) == ["float16", "bfloat16", "float64"])
    for tensor in model.graph.constants.values {
      #expect(tensor.elementType == .float32)
      #expect(tensor.floats() == [1.5])
    }
    #expect(model.graph.nodes.last?.operation as? Cast == Cast(to: .float32))
  }

  @Test(arguments: [
    (2, [0, 255]), (3, [-128, 127]), (4, [0, 65535]), (5, [-32768, 32767]), (6, [-1, 7]),
    (9, [1, 1]),
  ])
  func typedIntegers(type: Int, values: [Int]) throws {
    var tensor = Builder.tensor("w", [2], integers: [])
    tensor.dataType = Int32(type)
    tensor.int64Data = []
    tensor.int32Data = values.map(Int32.init)
    let model = try Builder.single("Add", weights: [tensor]).read()
    #expect(try model.graph.constants.values.first?.integers() == values)
  }

  @Test func typedElementsOutOfRange() {
    var tensor = Builder.tensor("w", [1], integers: [])
    tensor.dataType = 3
    tensor.int32Data = [128]
    expectRefusal(.single("Add", weights: [tensor]), "tensor w", "128", "127")
  }

  @Test func badTensors() {
    let good = Builder.tensor("w", [2], floats: [1, 2])
    var twice = good
    twice.rawData = Data(repeating: 0, count: 8)
    expectRefusal(.single("Add", weights: [twice]), "tensor w", "twice")
    var short = good
    short.dims = [3]
    expectRefusal(.single("Add", weights: [short]), "tensor w has 2 elements of data, 3 needed")
    var negative = good
    negative.dims = [-2]
    expectRefusal(.single("Add", weights: [negative]), "tensor w", "-2")
    var huge = good
    huge.dims = [1 << 62, 1 << 62]
    expectRefusal(.single("Add", weights: [huge]), "tensor w", "overflows")
    var text = good
    text.dataType = 8
    expectRefusal(.single("Add", weights: [text]), "tensor w", "string")
    var wrongField = good
    wrongField.dataType = 7
    expectRefusal(.single("Add", weights: [wrongField]), "float_data", "int64_data")
    expectRefusal(.single("Add", weights: [good, good]), "tensor w is stored twice")
  }

  @Test func nonfiniteWeights() throws {
    let builder = Builder.single(
      "Add", weights: [Builder.tensor("W1", [2], floats: [1, .nan])])
    expectRefusal(builder, "tensor W1 has 1 NaN")
    var limits = ModelReadingLimits()
    limits.allowNonfinite = true
    #expect(throws: Never.self) { try builder.read(limits: limits) }
    expectRefusal(
      .single("Add", weights: [Builder.tensor("W1", [2], floats: [1, .infinity])]), "infinite")
    // A single infinite number is how masks are written.
    #expect(throws: Never.self) {
      try Builder.single("Add", weights: [Builder.tensor("m", [], floats: [-.infinity])]).read()
    }
  }

  @Test func unknownAttributeNamesNode() {
    expectRefusal(
      .single("Relu", [.int("colour", 1)]), "node n (Relu)",
      "unknown attribute colour in operator set")
    expectRefusal(.single("Softmax", [.float("axis", 1)]), "axis is of type float, expected int")
    expectRefusal(.single("Softmax", [.int("axis", 1), .int("axis", 1)]), "axis", "twice")
  }

  @Test func unknownOperatorAndDomain() {
    expectRefusal(.single("Relu99"), "node n (Relu99)", "unknown operator in operator set")
    var builder = Builder.single("Relu")
    builder.proto.graph.node[0].domain = "com.other"
    expectRefusal(builder, "node n (Relu)", "com.other")
  }

  @Test func standardOperatorWithoutImplementationIsDescribed() throws {
    let model = try Builder.single("Multinomial").read()
    #expect(model.unsupported.map(\.operation) == ["Multinomial"])
    #expect(model.unsupported.map(\.node) == ["n"])
    #expect(throws: OperatorError.self) { try model.graph.nodes[0].operation.inferTypes([]) }
  }

  @Test func unusedSecondOutputIsDropped() throws {
    var builder = Builder.single("AveragePool")
    builder.proto.graph.node[0].attribute = [
      .with {
        $0.name = "kernel_shape"
        $0.type = .ints
        $0.ints = [1, 1]
      }
    ]
    builder.proto.graph.node[0].output = ["y", "second"]
    #expect(try builder.read().unsupported.isEmpty)
    builder.output("second")
    #expect(try builder.read().unsupported.map(\.operation) == ["AveragePool"])
  }

  @Test func order() {
    var unsorted = Builder()
    unsorted.input("x", [1])
    unsorted.node("Relu", ["b"], ["y"], name: "second")
    unsorted.node("Relu", ["x"], ["b"], name: "first")
    unsorted.output("y")
    expectRefusal(unsorted, "node second", "reads b before it is defined")
    unsorted.proto.graph.node[1].input = ["y"]
    expectRefusal(unsorted, "node second", "cycle")
    unsorted.proto.graph.node[0].input = ["nothing"]
    expectRefusal(unsorted, "node second", "reads nothing, which nothing defines")
  }

  /// As converters to float16 leave them: behind their readers, casts of casts too.
  @Test func castsMayStandLate() throws {
    var late = Builder()
    late.input("x", [1])
    late.node("Relu", ["b"], ["y"], name: "reader")
    late.node("Cast", ["a"], ["b"], name: "back", [.int("to", 1)])
    late.node("Cast", ["x"], ["a"], name: "down", [.int("to", 10)])
    late.output("y")
    #expect(try late.read().graph.nodes.map(\.name) == ["down", "back", "reader"])
    late.proto.graph.node[2].input = ["y"]
    expectRefusal(late, "node reader", "cycle")
    late.proto.graph.node[2].input = ["late"]
    late.node("Relu", ["x"], ["late"], name: "other")
    expectRefusal(late, "node reader", "reads b before it is defined")
  }

  @Test func duplicateDefinitions() {
    var builder = Builder.single("Relu")
    builder.node("Relu", ["x"], ["y"], name: "again")
    expectRefusal(builder, "node again", "already defined")
    builder = Builder.single("Relu")
    builder.input("x", [1])
    expectRefusal(builder, "input x is declared twice")
  }

  @Test func versions() {
    expectRefusal(.single("Relu", opset: 29), "29", "1 to 28")
    expectRefusal(.single("Relu", opset: 0), "1 to 28")
    var builder = Builder.single("Relu")
    builder.proto.irVersion = 999
    expectRefusal(builder, "ir_version is 999")
    builder = Builder.single("Relu")
    builder.proto.opsetImport = []
    expectRefusal(builder, "opset_import")
  }

  @Test func declaredSizes() throws {
    #expect(try Builder.single("Relu", dims: [1, 0]).read().inputs[0].shape == [1, 0])
    expectRefusal(.single("Relu", dims: [1, -8]), "input x", "size -8")
    expectRefusal(.single("Relu", dims: [1, 3, 100_000, 100_000]), "input x")
    let model = try Builder.single("Relu", dims: [-1, 3]).read()
    #expect(model.inputs[0].dimensions == [.symbolic(""), .fixed(3)])
  }

  @Test func controlCharactersAreEscaped() {
    var builder = Builder.single("Relu", [.int("colour", 1)])
    builder.proto.graph.node[0].name = "a\nb\u{1b}"
    expectRefusal(builder, "a\\nb\\u{1B}")
  }

  @Test func bytesAreRecognised() {
    func message(_ bytes: [UInt8]) -> String {
      do {
        _ = try ONNXReader.read(bytes, path: "m.onnx")
        return ""
      } catch {
        return String(describing: error)
      }
    }
    #expect(message([]).contains("m.onnx: not an ONNX model: the file is empty"))
    let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:00".utf8)
    #expect(message(pointer).contains("git lfs pull"))
    #expect(message(Array("<!DOCTYPE html>".utf8)).contains("web page"))
    #expect(message([0x1f, 0x8b, 8, 0]).contains("gzip"))
    #expect(message([0x3a, 0x10, 0x0a]).contains("cut short"))
    // 200 nested groups of an unknown field.
    let nested = [UInt8](repeating: 0x0b, count: 200) + [UInt8](repeating: 0x0c, count: 200)
    #expect(message(nested).contains("deeper than 100"))
  }
}
