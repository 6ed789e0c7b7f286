import ModelFormats
import Neural
import Testing

/// Graphs inside nodes: branches, loops, scans, what they capture, and their limits.
@Suite struct ONNXControlFlowTests {
  typealias Builder = ONNXModelBuilder

  private func graph(
    inputs: [(String, Int, [Int])] = [], outputs: [String], _ nodes: [Onnx_NodeProto]
  ) -> Onnx_GraphProto {
    Onnx_GraphProto.with { graph in
      graph.name = "body"
      graph.input = inputs.map { name, type, dims in
        Onnx_ValueInfoProto.with {
          $0.name = name
          $0.type = Builder.type(dims, dataType: type)
        }
      }
      graph.output = outputs.map { name in Onnx_ValueInfoProto.with { $0.name = name } }
      graph.node = nodes
    }
  }

  private func attribute(_ name: String, _ graph: Onnx_GraphProto) -> Onnx_AttributeProto {
    Onnx_AttributeProto.with {
      $0.name = name
      $0.type = .graph
      $0.g = graph
    }
  }

  private func bool(_ value: Bool) throws -> Tensor {
    try Tensor(.bool, shape: [], as: UInt8.self) { $0[0] = value ? 1 : 0 }
  }

  /// `if c { x + x } else { relu(x) }`, x read from outside.
  private func branching() -> Builder {
    var builder = Builder()
    builder.input("c", [], dataType: 9)
    builder.input("x", [2])
    var node = Builder.makeNode("If", ["c"], ["y"], name: "choice")
    node.attribute = [
      attribute(
        "then_branch", graph(outputs: ["a"], [Builder.makeNode("Add", ["x", "x"], ["a"])])),
      attribute("else_branch", graph(outputs: ["b"], [Builder.makeNode("Relu", ["x"], ["b"])])),
    ]
    builder.proto.graph.node.append(node)
    builder.output("y")
    return builder
  }

  @Test func conditionChoosesBranch() throws {
    let network = try HybridNetwork(graph: try branching().read().graph)
    let x = try Tensor([-1, 3] as [Float], shape: [2])
    #expect(try network.run([try bool(true), x])[0].floats() == [-2, 6])
    #expect(try network.run([try bool(false), x])[0].floats() == [0, 3])
  }

  /// The running sum of 0, 1, 2, ... times x, with every partial sum collected.
  private func looping(turns: Int) -> Builder {
    var builder = Builder()
    builder.input("x", [2])
    builder.proto.graph.initializer = [
      Builder.tensor("turns", [], integers: [turns]),
      Builder.tensor("start", [2], floats: [0, 0]),
    ]
    let body = graph(
      inputs: [("i", 7, []), ("go", 9, []), ("sum", 1, [2])], outputs: ["go2", "sum2", "copy"],
      [
        Builder.makeNode("Identity", ["go"], ["go2"]),
        Builder.makeNode("Cast", ["i"], ["f"], [.int("to", 1)]),
        Builder.makeNode("Mul", ["f", "x"], ["step"]),
        Builder.makeNode("Add", ["sum", "step"], ["sum2"]),
        Builder.makeNode("Identity", ["sum2"], ["copy"]),
      ])
    var node = Builder.makeNode("Loop", ["turns", "", "start"], ["y", "all"], name: "repeat")
    node.attribute = [attribute("body", body)]
    builder.proto.graph.node.append(node)
    builder.output("y")
    builder.output("all")
    return builder
  }

  @Test func loopCarriesAndCollects() throws {
    let network = try HybridNetwork(graph: try looping(turns: 4).read().graph)
    let results = try network.run([try Tensor([1, -2] as [Float], shape: [2])])
    #expect(results[0].floats() == [6, -12])
    #expect(results[1].shape == [4, 2])
    #expect(results[1].floats() == [0, 0, 1, -2, 3, -6, 6, -12])
  }

  @Test func endlessLoopIsRefused() throws {
    let graph = try looping(turns: Int.max).read().graph
    let x = try Tensor([1, 1] as [Float], shape: [2])
    #expect(throws: GraphError.self) {
      _ = try Interpreter(graph).run([x], budget: EvaluationBudget(stepLimit: 5000))
    }
    do {
      _ = try Interpreter(graph).run([x], budget: EvaluationBudget(stepLimit: 5000))
    } catch {
      #expect("\(error)".contains("repeat"))
      #expect("\(error)".contains("beyond the limit"))
    }
  }

  @Test func valuesBeyondTheMemoryLimitAreRefused() throws {
    let graph = try looping(turns: 1000).read().graph
    let x = try Tensor([1, 1] as [Float], shape: [2])
    #expect(throws: GraphError.self) {
      _ = try Interpreter(graph).run([x], budget: EvaluationBudget(byteLimit: 1000))
    }
  }

  @Test func constantConditionLeavesOneBranch() throws {
    var builder = branching()
    builder.proto.graph.input.removeFirst()
    builder.proto.graph.initializer = [Builder.raw("c", [], type: 9, [UInt8(1)])]
    let shaped = try ShapedGraph(try builder.read().graph)
    #expect(!shaped.graph.nodes.contains { $0.operation is If })
    let network = try HybridNetwork(graph: try builder.read().graph)
    #expect(network.interpretedNodeCount == 0)
    #expect(try network.run([try Tensor([-1, 3] as [Float], shape: [2])])[0].floats() == [-2, 6])
  }

  @Test func missingBranchNamesNode() throws {
    var builder = branching()
    builder.proto.graph.node[0].attribute.removeLast()
    do {
      _ = try builder.read()
      Issue.record("a missing branch is taken")
    } catch {
      #expect("\(error)".contains("choice"))
      #expect("\(error)".contains("else_branch"))
    }
  }

  @Test func nestingIsLimited() throws {
    var inner = graph(outputs: ["a"], [Builder.makeNode("Relu", ["x"], ["a"])])
    for level in 0..<40 {
      var node = Builder.makeNode("If", ["c"], ["a"], name: "level\(level)")
      node.attribute = [attribute("then_branch", inner), attribute("else_branch", inner)]
      inner = graph(outputs: ["a"], [node])
      // Only one branch goes deeper: both would double the file with every level.
      let flat = graph(outputs: ["a"], [Builder.makeNode("Relu", ["x"], ["a"])])
      inner.node[0].attribute[1] = attribute("else_branch", flat)
    }
    var builder = branching()
    builder.proto.graph.node[0].attribute[0] = attribute("then_branch", inner)
    #expect(throws: ModelError.self) { _ = try builder.read() }
  }
}
