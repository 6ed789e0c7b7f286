import Neural
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
  }

  @Test func residualsVanishIntoConvolutions() throws {
    #expect(try kinds("residuals") == ["Conv", "Conv", "Conv"])
  }

  @Test func channelShuffleBecomesOneGather() throws {
    #expect(try kinds("channel shuffle") == ["Conv", "ChannelGather", "Conv"])
  }
}
