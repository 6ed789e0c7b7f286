import Neural
import StrictJSON
import TestSupport
import Testing

/// The network blocks of `Fixtures/spec/02_feature_pyramid.json`: each vector is what a network made
/// of the block gives.
@Suite struct BlockVectorTests {
  private func file() throws -> JSONValue { try SpecVectors("02_feature_pyramid.json").root }

  /// Runs a graph of inputs `maps`, each `[1, 1, rows, columns]` or `[1, 1, columns]`.
  private func run(
    _ maps: [[[Float]]], _ build: (inout Graph, [Graph.ValueID]) throws -> [Graph.ValueID]
  ) throws -> [Tensor] {
    var graph = Graph()
    var tensors: [Tensor] = []
    var values: [Graph.ValueID] = []
    for (index, map) in maps.enumerated() {
      let shape = [1, 1, map.count, map[0].count]
      values.append(
        graph.addInput(
          name: "x\(index)", elementType: .float32, dimensions: shape.map { .fixed($0) }))
      tensors.append(try Tensor(map.flatMap { $0 }, shape: shape))
    }
    for (index, value) in try build(&graph, values).enumerated() {
      graph.addOutput(value, name: "y\(index)")
    }
    return try Network(graph: graph, options: ExecutionOptions(threads: 1)).run(tensors)
  }

  private func rows(_ json: JSONValue) throws -> [[Float]] {
    try #require(json.arrayValue).map(\.floats)
  }

  private func pointwise(_ weight: Double) throws -> ConvolutionWeights {
    ConvolutionWeights(weights: try Tensor([Float(weight)], shape: [1, 1, 1, 1]))
  }

  /// A 3x3 kernel that keeps the map.
  private func unit() throws -> ConvolutionWeights {
    ConvolutionWeights(
      weights: try Tensor([0, 0, 0, 0, 1, 0, 0, 0, 0].map { Float($0) }, shape: [1, 1, 3, 3]))
  }

  @Test func topDownMerge() throws {
    let vector = try file().member("fpn_merge")
    let maps = try ["C3", "C4", "C5"].map { try rows(try vector.member($0)) }
    let scalars = try vector.member("lateral_scalar")
    let laterals = try ["C3", "C4", "C5"].map {
      try pointwise(try #require(try scalars.member($0).numbers.first))
    }
    let expected = try ["P3", "P4", "P5"].map { try vector.member($0).floats }
    let plain = try run(maps) { graph, values in
      try FeaturePyramid(laterals: laterals).append(to: &graph, maps: values, name: "fpn")
    }
    #expect(plain.map { $0.floats() } == expected)
    // Outputs do not feed the merge: doubling them doubles the levels, nothing else.
    let doubled = try ConvolutionWeights(
      weights: Tensor([0, 0, 0, 0, 2, 0, 0, 0, 0].map { Float($0) }, shape: [1, 1, 3, 3]))
    let outputs = try run(maps) { graph, values in
      try FeaturePyramid(
        laterals: laterals, outputs: [doubled, doubled, doubled], extraLevels: .subsampled
      ).append(to: &graph, maps: values, name: "fpn")
    }
    #expect(outputs.prefix(3).map { $0.floats() } == expected.map { $0.map { 2 * $0 } })
    #expect(outputs[3].shape == [1, 1, 1, 1])
    #expect(outputs[3].floats() == [2 * expected[2][0]])
  }

  @Test func extraLevelsConvolveTheTopMap() throws {
    var ones = [Float](repeating: 0, count: 9)
    ones[4] = -1
    let negative = ConvolutionWeights(weights: try Tensor(ones, shape: [1, 1, 3, 3]))
    let map: [[Float]] = (0..<5).map { y in (0..<5).map { Float($0 + 5 * y) - 12 } }
    let unit = try unit()
    let levels = try run([map]) { graph, values in
      try FeaturePyramid(
        laterals: [try pointwise(3)], extraLevels: .convolved(negative, unit)
      ).append(to: &graph, maps: values, name: "fpn")
    }
    let sixth: [Float] = [0, 2, 4].flatMap { y in [0, 2, 4].map { -map[y][$0] } }
    #expect(levels.count == 3)
    #expect(levels[1].floats() == sixth)
    // The second goes through a ReLU first, the first does not.
    #expect(levels[2].floats() == [sixth[0], sixth[2], sixth[6], sixth[8]].map { max($0, 0) })
  }

  @Test func fastFusion() throws {
    let vector = try file().member("bifpn_fast")
    let epsilon = Float(try #require(try vector.member("eps").numbers.first))
    let cases = try #require(try vector.member("cases").arrayValue)
    #expect(!cases.isEmpty)
    for item in cases {
      let fusion = WeightedFusion(
        weights: try item.member("w").floats, normalisation: .fast(epsilon: epsilon))
      try expect(fusion, item)
    }
    let softmax = try vector.member("softmax_variant")
    try expect(
      WeightedFusion(weights: try softmax.member("w").floats, normalisation: .softmax), softmax)
  }

  private func expect(_ fusion: WeightedFusion, _ item: JSONValue) throws {
    let maps = try item.member("x").floats.map { [[$0, -$0]] }
    let result = try run(maps) { graph, values in
      [try fusion.append(to: &graph, maps: values, name: "fusion")]
    }[0].floats()
    let expected = Float(try #require(try item.member("out").numbers.first))
    expectClose(result, [expected, -expected], absolute: 1e-6, relative: 1e-6)
  }

  /// Intermediate `td1 = f(P1, up P2)`, `out1 = f(P1, td1, down out0)`: followed by hand on maps of
  /// 4, 2 and 1 columns.
  @Test func bidirectionalLayer() throws {
    let layer = BidirectionalPyramid(
      downWeights: [[1, 1]], upWeights: [[1, 3], [1, 1, 2], [1, 1]],
      normalisation: .fast(epsilon: 0)
    ) { graph, value, name in
      graph.append(Activation(function: .relu), name: name + "/relu", inputs: [value])
    }
    let maps: [[[Float]]] = [[[1, 2, 3, 4]], [[10, 20]], [[40]]]
    let levels = try run(maps) { graph, values in
      try layer.append(to: &graph, levels: values, name: "bifpn")
    }.map { $0.floats() }
    let middle: [Float] = [25, 30]  // (P1 + 40) / 2
    let finest = [1, 2, 3, 4].enumerated().map { ($1 + 3 * middle[$0 / 2]) / 4 }
    // Windows of 3 around columns 0 and 2.
    let pooled = [max(finest[0], finest[1]), max(finest[1], finest[2], finest[3])]
    let second = [
      (10 + middle[0] + 2 * pooled[0]) / 4, (20 + middle[1] + 2 * pooled[1]) / 4,
    ]
    expectClose(levels[0], finest, absolute: 1e-5)
    expectClose(levels[1], second, absolute: 1e-5)
    expectClose(levels[2], [(40 + max(second[0], second[1])) / 2], absolute: 1e-5)
  }

  @Test func bottomUpPath() throws {
    let unit = try unit()
    let maps: [[[Float]]] = [
      (0..<4).map { y in (0..<4).map { Float($0 + 4 * y) } }, [[100, 200], [300, 400]],
    ]
    let sums = try run(maps) { graph, values in
      try PathAggregation(downs: [unit], outputs: [unit]).append(
        to: &graph, levels: values, name: "pan")
    }
    #expect(sums[0].floats() == maps[0].flatMap { $0 })
    #expect(sums[1].floats() == [100, 202, 308, 410])
    // The level's own channel stands last.
    let both = ConvolutionWeights(weights: try Tensor([Float(1), 10], shape: [1, 2, 1, 1]))
    let joined = try run(maps) { graph, values in
      try PathAggregation(downs: [unit], outputs: [both], join: .concatenation).append(
        to: &graph, levels: values, name: "pan")
    }
    #expect(joined[1].floats() == [1000, 2002, 3008, 4010])
  }

  @Test func bins() throws {
    let cases = try #require(try file().member("spp_bins").arrayValue)
    #expect(!cases.isEmpty)
    for item in cases {
      let length = try #require(try item.member("a").integers.first)
      let count = try #require(try item.member("n").integers.first)
      let adaptive = AdaptiveBins.ranges(length: length, count: count)
      #expect(
        adaptive.flatMap { [$0.lowerBound, $0.upperBound] }
          == (try item.member("adaptive_bins").integers))
      #expect(adaptive.allSatisfy { !$0.isEmpty })
      #expect(Set(adaptive.joined()) == Set(0..<length))
      let windows = AdaptiveBins.slidingWindows(length: length, count: count)
      #expect(
        windows.flatMap { [$0.lowerBound, $0.upperBound] }
          == (try item.member("paper_bins").integers))
      #expect([windows[0].count] == (try item.member("win").integers))
      if count > 1 {
        #expect(
          [windows[1].lowerBound - windows[0].lowerBound] == (try item.member("stride").integers))
      }
      #expect(
        Set(windows.joined()).isSuperset(of: 0..<length)
          == (try item.member("paper_covers_all").boolValue))
      #expect(
        windows.contains { $0.upperBound > length }
          == (try item.member("paper_overruns").boolValue))
    }
  }

  @Test func pyramidOfBins() throws {
    let vector = try file().member("spp_vector")
    let map = try rows(try vector.member("map"))
    let pooling = SpatialPyramidPooling(levels: try vector.member("levels").integers)
    let result = try run([map]) { graph, values in
      [
        try pooling.append(
          to: &graph, map: values[0], rows: map.count, columns: map[0].count, name: "spp")
      ]
    }[0]
    #expect(result.floats() == (try vector.member("out").floats))
    #expect([result.shape[1]] == (try vector.member("len_per_channel").integers))
    #expect([pooling.binCount] == (try vector.member("len_per_channel").integers))
  }

  /// The four parts, in the order of the block.
  private func parts(_ x: [Float], _ stack: PoolingStack) throws -> [[Float]] {
    let result = try run([[x]]) { graph, values in
      [try stack.append(to: &graph, map: values[0], name: "spp")]
    }[0].floats()
    return (0..<4).map { Array(result[$0 * x.count..<($0 + 1) * x.count]) }
  }

  @Test func poolingStacks() throws {
    let vector = try file().member("sppf")
    let x = try vector.member("x").floats
    let expected = try [x] + ["k5", "k9", "k13"].map { try vector.member($0).floats }
    for method in [PoolingStack.Method.parallel, .chained] {
      #expect(try parts(x, PoolingStack(order: .mapFirst, method: method)) == expected)
      #expect(
        try parts(x, PoolingStack(order: .widestFirst, method: method)) == expected.reversed())
    }
    let negative = try file().member("sppf_negative_only")
    let y = try negative.member("x").floats
    let pooled = try parts(y, PoolingStack(order: .mapFirst, method: .chained))[1]
    #expect(pooled == (try negative.member("k5_neginf").floats))
    #expect(pooled != (try negative.member("k5_zero_pad_WRONG").floats))
  }

  @Test func chainedPoolingsEqualParallelOnes() throws {
    var generator = SeededGenerator(seed: 31)
    for (rows, columns) in [(1, 1), (3, 17), (14, 14), (13, 2)] {
      let map = (0..<rows).map { _ in generator.floats(columns).map { $0 - 2 } }
      for kernel in [3, 5, 7] {
        let results = try [PoolingStack.Method.parallel, .chained].map { method in
          try run([map]) { graph, values in
            [
              try PoolingStack(kernel: kernel, order: .mapFirst, method: method).append(
                to: &graph, map: values[0], name: "spp")
            ]
          }[0].floats()
        }
        #expect(results[0] == results[1])
      }
    }
  }

  @Test func blocksRefuseWhatDoesNotFit() throws {
    var graph = Graph()
    let map = graph.addInput(name: "x", elementType: .float32, dimensions: nil)
    #expect(throws: GraphError.self) {
      try FeaturePyramid(laterals: []).append(to: &graph, maps: [map], name: "fpn")
    }
    #expect(throws: GraphError.self) {
      try PathAggregation(downs: [], outputs: []).append(to: &graph, levels: [map, map], name: "p")
    }
    #expect(throws: GraphError.self) {
      try WeightedFusion(weights: []).append(to: &graph, maps: [], name: "fusion")
    }
    #expect(throws: GraphError.self) {
      try BidirectionalPyramid(downWeights: [], upWeights: []) { _, value, _ in value }.append(
        to: &graph, levels: [map], name: "bifpn")
    }
    #expect(throws: GraphError.self) {
      try PoolingStack(kernel: 4, order: .mapFirst, method: .chained).append(
        to: &graph, map: map, name: "spp")
    }
    #expect(throws: GraphError.self) {
      try SpatialPyramidPooling(levels: [0]).append(
        to: &graph, map: map, rows: 3, columns: 3, name: "spp")
    }
  }
}
