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

  /// Heads over `[1, 2, 5, 4]` and 6 keys with a mask `[5, 6]`.
  private func heads(mask: Tensor) throws -> (graph: ShapedGraph, inputs: [Tensor]) {
    var generator = SeededGenerator(seed: 9)
    var graph = Graph()
    let shapes = [[1, 2, 5, 4], [1, 2, 6, 4], [1, 2, 6, 4]]
    let operands = zip(["q", "k", "v"], shapes).map {
      graph.addInput(name: $0, elementType: .float32, dimensions: $1.map { .fixed($0) })
    }
    let hidden = graph.addConstant(mask, name: "mask")
    graph.addOutput(
      graph.append(MultiHeadAttention(), name: "heads", inputs: operands + [hidden]), name: "y")
    return (
      try ShapedGraph(graph),
      try shapes.map { try Tensor(generator.floats($0.reduce(1, *)), shape: $0) }
    )
  }

  private func booleans(hiding index: Int?) throws -> Tensor {
    var mask = try Tensor(zeros: .bool, shape: [5, 6])
    try mask.withUnsafeMutableBytes { bytes in
      for place in bytes.indices { bytes[place] = place == index ? 0 : 1 }
    }
    return mask
  }

  @Test func masksThatHideNothingKeepTheFastAttention() throws {
    let seen = try booleans(hiding: nil)
    let zeros = try Tensor(zeros: .float32, shape: [5, 6])
    for mask in [seen, zeros] {
      let (original, inputs) = try heads(mask: mask)
      var optimised = original
      try Passes.optimise(&optimised)
      #expect(optimised.graph.nodes.contains { $0.operation is Attention })
      expectClose(
        try Network(original).run(inputs)[0].floats(),
        try ReferenceExecutor.run(original, inputs: inputs)[0].floats(), absolute: 1e-5)
    }
  }

  @Test func masksThatHideAKeyStay() throws {
    var biases = [Float](repeating: 0, count: 30)
    biases[29] = -3
    for mask in [
      try booleans(hiding: 7), try Tensor(biases, shape: [5, 6]),
    ] {
      var (graph, inputs) = try heads(mask: mask)
      let plain = try heads(mask: try Tensor(zeros: .float32, shape: [5, 6])).graph
      let expected = try ReferenceExecutor.run(graph, inputs: inputs)[0].floats()
      #expect(try ReferenceExecutor.run(plain, inputs: inputs)[0].floats() != expected)
      try Passes.optimise(&graph)
      #expect(graph.graph.nodes.contains { $0.operation is MultiHeadAttention })
      expectClose(try Network(graph).run(inputs)[0].floats(), expected, absolute: 1e-5)
    }
  }
}
