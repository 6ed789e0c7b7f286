import Neural
import StrictJSON
import TestSupport
import Testing

/// Attention in tiles and in packed sequences, against `Fixtures/spec/09_packing.json` and
/// `11_flash.json`.
@Suite struct PackedAttentionTests {
  /// `[tokens, width]` as `[width, tokens]`.
  private func channelsFirst(_ rows: [Float], width: Int) throws -> Tensor {
    let tokens = rows.count / width
    return try Tensor(
      (0..<width).flatMap { c in (0..<tokens).map { rows[$0 * width + c] } },
      shape: [width, tokens])
  }

  private func run(
    _ operation: any Operator, _ inputs: [Tensor], _ set: InstructionSet? = nil
  ) throws -> Tensor {
    var graph = Graph()
    let values = inputs.enumerated().map {
      graph.addInput(name: "x\($0)", elementType: .float32, dimensions: $1.shape.map { .fixed($0) })
    }
    graph.addOutput(graph.append(operation, name: "attention", inputs: values), name: "y")
    let network = try Network(graph: graph, options: ExecutionOptions(instructionSet: set))
    return try network.run(inputs)[0]
  }

  @Test(arguments: InstructionSet.available)
  func packedSequencesOfTheSpecification(_ set: InstructionSet) throws {
    let vectors = try SpecVectors("09_packing.json").root.member("varlen_attention")
    var random = SeededGenerator(seed: 7)
    let tokens = try channelsFirst(random.floats(44), width: 4)
    let boundaries = try vectors.member("cu_seqlens").integers
    let operation = PackedAttention(scale: 0.5, boundaries: boundaries)
    let expected = try channelsFirst(try vectors.member("out").floats, width: 4).floats()
    let inputs = [tokens, tokens, tokens]
    expectClose(try run(operation, inputs, set).floats(), expected, absolute: 1e-6)
    expectClose(try operation.evaluate(inputs)[0].floats(), expected, absolute: 1e-6)
    // Scores, each of four products, and as many weights.
    let types = inputs.map { TensorType(.float32, $0.shape) }
    let pairs = try vectors.member("flops_pairs_packed").integers[0]
    #expect(operation.multiplyAdds(inputs: types, outputs: [types[0]]) == pairs * 8)
    // All tokens as one sequence, and each sequence padded to the longest.
    let dense = Attention(scale: 0.5).multiplyAdds(inputs: types, outputs: [types[0]])
    #expect(dense == (try vectors.member("flops_pairs_dense").integers[0]) * 8)
    let lengths = zip(boundaries.dropFirst(), boundaries).map { $0 - $1 }
    let padded = TensorType(.float32, [lengths.count, 4, try #require(lengths.max())])
    let pictures = Attention(scale: 0.5).multiplyAdds(
      inputs: [padded, padded, padded], outputs: [padded])
    #expect(pictures == (try vectors.member("flops_pairs_padded").integers[0]) * 8)
  }

  @Test(arguments: InstructionSet.available)
  func equalsEachSequenceAlone(_ set: InstructionSet) throws {
    var random = SeededGenerator(seed: 3)
    let boundaries = [0, 1, 1, 40, 600, 613]
    let total = 613
    let inputs = try (0..<3).map { _ in
      try Tensor(random.floats(2 * 8 * total), shape: [2, 8, total])
    }
    let packed = try run(PackedAttention(scale: 0.7, boundaries: boundaries), inputs, set).floats()
    for (first, last) in zip(boundaries, boundaries.dropFirst()) where first < last {
      let own = try inputs.map { tensor in
        let all = tensor.floats()
        return try Tensor(
          (0..<16).flatMap { all[$0 * total + first..<$0 * total + last] },
          shape: [2, 8, last - first])
      }
      let alone = try run(Attention(scale: 0.7), own, set).floats()
      let part = (0..<16).flatMap { packed[$0 * total + first..<$0 * total + last] }
      #expect(part == alone)
    }
  }

  @Test func boundariesThatFallAreRefused() throws {
    let x = try Tensor(zeros: .float32, shape: [4, 6])
    for boundaries in [[], [0, 4, 3, 6], [1, 6], [0, 5]] {
      #expect(throws: OperatorError.self) {
        try PackedAttention(scale: 1, boundaries: boundaries).evaluate([x, x, x])
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func attentionOfTheSpecification(_ set: InstructionSet) throws {
    let vectors = try SpecVectors("11_flash.json").root.member("attention")
    let inputs = try ["Q", "K", "V"].map {
      try channelsFirst(try vectors.member($0).floats, width: 4)
    }
    let expected = try channelsFirst(try vectors.member("O").floats, width: 4).floats()
    expectClose(try run(Attention(scale: 0.5), inputs, set).floats(), expected, absolute: 1e-6)
  }

  /// Keys below, at and above the blocks of the kernel, queries below, at and above its tiles.
  @Test(arguments: InstructionSet.available, [1, 15, 16, 33])
  func exactForAllTilings(_ set: InstructionSet, _ queries: Int) throws {
    for keys in [1, 511, 512, 513, 1030] { try checkTiling(set, queries, keys) }
  }

  private func checkTiling(_ set: InstructionSet, _ queries: Int, _ keys: Int) throws {
    var random = SeededGenerator(seed: UInt32(queries * 2000 + keys))
    let inputs = try [
      Tensor(random.floats(4 * queries).map { $0 * 8 }, shape: [4, queries]),
      Tensor(random.floats(4 * keys).map { $0 * 8 }, shape: [4, keys]),
      Tensor(random.floats(4 * keys), shape: [4, keys]),
    ]
    let operation = Attention(scale: 0.5)
    expectClose(
      try run(operation, inputs, set).floats(), try operation.evaluate(inputs)[0].floats(),
      absolute: 1e-6)
  }

  @Test func memoryGrowsWithTheTokensAlone() throws {
    let tokens = 8400
    var graph = Graph()
    let shape = [1, 64, tokens]
    let values = ["q", "k", "v"].map {
      graph.addInput(name: $0, elementType: .float32, dimensions: shape.map { .fixed($0) })
    }
    graph.addOutput(
      graph.append(Attention(scale: 0.125), name: "attention", inputs: values), name: "y")
    let network = try Network(graph: graph)
    // Inputs and output are 4 x 2.05 MiB; the scores would be 269 MiB.
    let own = 4 * 64 * tokens * 4
    #expect(network.workingByteCount + network.scratchByteCount - own < 8 << 20)
  }
}
