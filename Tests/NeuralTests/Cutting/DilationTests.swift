import Neural
import StrictJSON
import TestSupport
import Testing

/// Branches that share their weights and differ in dilation: the `trident` vector of
/// `Fixtures/spec/02_feature_pyramid.json`.
@Suite struct DilationTests {
  /// A 3x3 convolution whose middle row is `kernel`, "same" padding.
  private func shaped(_ kernel: [Float], columns: Int) throws -> ShapedGraph {
    var graph = Graph()
    let x = graph.addInput(
      name: "x", elementType: .float32,
      dimensions: [.fixed(1), .fixed(1), .fixed(1), .fixed(columns)])
    let zeros: [Float] = [0, 0, 0]
    let weights = ConvolutionWeights(
      weights: try Tensor(zeros + kernel + zeros, shape: [1, 1, 3, 3]))
    graph.addOutput(graph.appendConvolution(x, weights, name: "conv"), name: "y")
    return try ShapedGraph(graph)
  }

  @Test func tridentVectors() throws {
    let vector = try SpecVectors("02_feature_pyramid.json").root.member("trident")
    let x = try vector.member("x").floats
    let shaped = try shaped(
      try vector.member("kernel_cross_correlation").floats, columns: x.count)
    let positions = try shaped.dilatableConvolutions()
    #expect(positions == [0])
    let outputs = try #require(try vector.member("out").objectValue)
    #expect(outputs.members.count == 3)
    for member in outputs.members {
      let dilation = try #require(Int(member.key))
      let branch = try shaped.dilated(positions, by: dilation)
      let result = try Network(branch, options: ExecutionOptions(threads: 1)).run([
        Tensor(x, shape: [1, 1, 1, x.count])
      ])[0]
      #expect(result.floats() == member.value.floats, "dilation \(dilation)")
    }
    for member in try #require(try vector.member("k_eff").objectValue).members {
      let dilation = try #require(Int(member.key))
      let branch = try shaped.dilated(positions, by: dilation)
      let field = try ReceptiveFields(branch)[branch.graph.outputs[0].value].mapAxes
      #expect(field?.map(\.size) == .init(repeating: member.value.numbers[0], count: 2))
    }
  }

  @Test func theLastStageIsDilatedAndTheFirstShared() throws {
    var stack = StackOfWindows(side: 32)
    try stack.convolution("a", kernel: 3, stride: 2, padding: 1)
    try stack.convolution("b", kernel: 3, padding: 1)
    try stack.convolution("c", kernel: 3, stride: 2, padding: 1)
    stack.append(Activation(function: .relu), "relu", [stack.top])
    try stack.convolution("d", kernel: 1)
    try stack.convolution("e", kernel: 3, padding: 1)
    try stack.convolution("f", kernel: 3)
    var graph = stack.graph
    graph.addOutput(stack.top, name: "y")
    let shaped = try ShapedGraph(graph)
    let last = try shaped.dilatableConvolutions()
    #expect(last.map { shaped.graph.nodes[$0].name } == ["e", "f"])
    #expect(
      try shaped.dilatableConvolutions(stride: 2).map { shaped.graph.nodes[$0].name } == ["b"])
    #expect(shaped.cut(before: last)?.valueNames == ["d"])
    // Valid convolutions keep their sizes too.
    let branch = try shaped.dilated(last, by: 3)
    #expect(try ShapedGraph(branch.graph).type(of: stack.top) == shaped.type(of: stack.top))
    #expect(throws: GraphError.self) { try shaped.dilated(last, by: 0) }
    #expect(throws: GraphError.self) { try shaped.dilated([3], by: 2) }
  }
}
