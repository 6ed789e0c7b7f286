import Neural
import TestSupport
import Testing

/// What the passes leave of typical graphs.
@Suite struct PassTests {
  private func kinds(_ name: String) throws -> [String] {
    let small = try #require(SmallGraph.all.first { $0.description.hasPrefix(name) })
    var graph = try ShapedGraph(small.graph, inputShapes: small.inputShapes)
    try Passes.optimise(&graph)
    return graph.graph.nodes.map(\.operation.name)
  }

  @Test func normalisationAndActivationsVanishIntoConvolutions() throws {
    #expect(try kinds("convolutions of 24") == ["Conv", "Conv", "Conv", "MaxPool"])
    #expect(try kinds("enlarging in 3") == ["Conv", "ConvTranspose", "ConvTranspose"])
  }

  /// A PReLU with one slope per channel becomes part of the convolution; the values stay.
  @Test func slopesVanishIntoConvolutions() throws {
    var generator = SeededGenerator(seed: 4)
    var graph = Graph()
    let x = graph.addInput(name: "x", elementType: .float32, dimensions: nil)
    let weights = graph.addConstant(
      try Tensor(generator.floats(20 * 3 * 9), shape: [20, 3, 3, 3]), name: "weights")
    let slopes = graph.addConstant(
      try Tensor(generator.floats(20), shape: [20, 1, 1]), name: "slopes")
    let sums = graph.append(
      Convolution(strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0]),
      name: "conv", inputs: [x, weights])
    graph.addOutput(
      graph.append(PRelu(), name: "prelu", inputs: [sums, slopes]), name: "y")
    let shape = [2, 3, 9, 11]
    let original = try ShapedGraph(graph, inputShapes: ["x": shape])
    var optimised = original
    try Passes.optimise(&optimised)
    #expect(optimised.graph.nodes.map(\.operation.name) == ["Conv"])
    let input = try Tensor(generator.floats(2 * 3 * 9 * 11), shape: shape)
    let expected = try ReferenceExecutor.run(original, inputs: [input])[0].floats()
    #expect(expected.contains { $0 < 0 })
    expectClose(
      try ReferenceExecutor.run(optimised, inputs: [input])[0].floats(), expected, absolute: 1e-6)
    expectClose(try Network(original).run([input])[0].floats(), expected, absolute: 1e-5)
  }

  @Test func residualsVanishIntoConvolutions() throws {
    #expect(try kinds("residuals") == ["Conv", "Conv", "Conv"])
  }

  @Test func channelShuffleBecomesOneGather() throws {
    #expect(try kinds("channel shuffle") == ["Conv", "ChannelGather", "Conv"])
  }
}
