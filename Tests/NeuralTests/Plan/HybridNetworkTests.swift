import Neural
import TestSupport
import Testing

/// Networks whose last part has shapes that only a run tells.
@Suite struct HybridNetworkTests {
  /// A convolution, then the positions of its positive results.
  private func graph() throws -> Graph {
    var graph = Graph()
    let x = graph.addInput(
      name: "x", elementType: .float32,
      dimensions: [.fixed(1), .fixed(1), .symbolic("h"), .symbolic("w")])
    let weights = graph.addConstant(
      try Tensor([1, 0, 0, 0, 1, 0, 0, 0, 1] as [Float], shape: [1, 1, 3, 3]), name: "w")
    let y = graph.append(
      Convolution(strides: [1, 1], dilations: [1, 1], padsBegin: [1, 1], padsEnd: [1, 1]),
      name: "conv", inputs: [x, weights])
    let positive = graph.append(Activation(function: .relu), name: "relu", inputs: [y])
    let found = graph.append(NonZero(), name: "found", inputs: [positive])
    let columns = graph.append(
      Transpose(permutation: [1, 0]), name: "columns", inputs: [found])
    graph.addOutput(columns, name: "positions")
    graph.addOutput(y, name: "map")
    return graph
  }

  @Test func equalsTheInterpreter() throws {
    let graph = try graph()
    var random = SeededGenerator(seed: 3)
    for (height, width) in [(3, 3), (5, 8), (9, 4)] {
      let values = (0..<height * width).map { _ in Float(Int(random.next() % 9)) - 4 }
      let x = try Tensor(values, shape: [1, 1, height, width])
      let network = try HybridNetwork(graph: graph, inputShapes: ["x": x.shape])
      #expect(network.interpretedNodeCount == 2)
      #expect(network.network != nil)
      let (fast, slow) = (try network.run([x]), try Interpreter(graph).run([x]))
      #expect(fast.map(\.shape) == slow.map(\.shape))
      #expect(try fast[0].integers() == slow[0].integers())
      expectClose(fast[1].floats(), slow[1].floats(), absolute: 1e-5, "map")
    }
  }

  @Test func wholePlanWhereAllShapesAreKnown() throws {
    var graph = try graph()
    graph.outputs.removeFirst()
    let network = try HybridNetwork(graph: graph, inputShapes: ["x": [1, 1, 4, 4]])
    #expect(network.interpretedNodeCount == 0)
    let x = try Tensor((0..<16).map(Float.init), shape: [1, 1, 4, 4])
    #expect(try network.run([x])[0].floats() == Interpreter(graph).run([x])[0].floats())
  }
}
