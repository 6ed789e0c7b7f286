import ModelFormats
import Neural
import Testing

/// Operators that a model defines itself.
@Suite struct ONNXFunctionTests {
  typealias Builder = ONNXModelBuilder

  private func function(_ name: String, calls: [String]) -> Onnx_FunctionProto {
    Onnx_FunctionProto.with { function in
      function.name = name
      function.domain = "my"
      function.input = ["v0"]
      function.output = ["v\(calls.count)"]
      for (index, callee) in calls.enumerated() {
        function.node.append(
          Builder.makeNode(
            callee, ["v\(index)"], ["v\(index + 1)"], domain: callee == "Relu" ? "" : "my"))
      }
    }
  }

  private func model(_ functions: [Onnx_FunctionProto]) -> Builder {
    var builder = Builder()
    builder.proto.opsetImport.append(
      Onnx_OperatorSetIdProto.with {
        $0.domain = "my"
        $0.version = 1
      })
    builder.proto.functions = functions
    builder.input("x", [2])
    builder.node("F0", ["x"], ["y"], name: "call", domain: "my")
    builder.output("y")
    return builder
  }

  @Test func bodyReplacesCall() throws {
    let graph = try model([
      function("F0", calls: ["F1", "Relu"]), function("F1", calls: ["Relu"]),
    ]).read().graph
    let relus = graph.nodes.filter { $0.operation is Activation }
    #expect(relus.count == 2)
    #expect(relus.allSatisfy { $0.name.hasPrefix("call/") })
  }

  /// What a call leaves out is a missing input inside.
  @Test func inputsMayBeLeftOut() throws {
    var clip = function("F0", calls: ["Relu"])
    clip.input = ["v0", "least", "most"]
    clip.node[0].opType = "Clip"
    clip.node[0].input = ["v0", "least", "most"]
    let nodes = try model([clip]).read().graph.nodes
    #expect(nodes[0].operation.name == "Clip")
    #expect(nodes[0].inputs.dropFirst().allSatisfy { $0 == nil })
  }

  @Test func attributesArePassedIn() throws {
    var leaky = function("F0", calls: ["Relu"])
    leaky.attribute = ["slope"]
    leaky.node[0].opType = "LeakyRelu"
    leaky.node[0].attribute = [
      Onnx_AttributeProto.with {
        $0.name = "alpha"
        $0.type = .float
        $0.refAttrName = "slope"
      }
    ]
    var builder = model([leaky])
    builder.proto.graph.node[0].attribute = [.float("slope", 0.25)]
    let operation = try builder.read().graph.nodes[0].operation
    #expect(operation as? Activation == Activation(function: .leakyRelu(alpha: 0.25)))
    builder.proto.graph.node[0].attribute = [.float("other", 0.25)]
    #expect(throws: ModelError.self) { try builder.read() }
  }

  @Test func recursionIsRefused() {
    #expect(throws: ModelError.graph("function F0 calls itself, or a function that does")) {
      try model([function("F0", calls: ["F1"]), function("F1", calls: ["F0"])]).read()
    }
  }

  @Test func expansionIsBounded() {
    // Each function calls the next one 20 times: 20^6 nodes.
    var functions = (0..<6).map {
      function("F\($0)", calls: Array(repeating: "F\($0 + 1)", count: 20))
    }
    functions.append(function("F6", calls: ["Relu"]))
    #expect(throws: ModelError.self) { try model(functions).read() }
  }
}
