import Neural
import TestSupport
import Testing

/// Networks divided and run in two parts against the whole.
@Suite struct GraphCutTests {
  private let single = ExecutionOptions(threads: 1)

  @Test(arguments: SmallGraph.all)
  func partsInARowEqualTheWhole(_ small: SmallGraph) throws {
    let shaped = try ShapedGraph(small.graph, inputShapes: small.inputShapes)
    let inputs = try small.randomInputs(shaped)
    let whole = try Network(shaped, options: single).run(inputs)
    for candidate in try shaped.cutCandidates() {
      let (backbone, rest) = try shaped.divided(at: candidate.cut)
      #expect(backbone.graph.outputs.map(\.name) == candidate.cut.valueNames)
      #expect(candidate.share > 0 && candidate.share < 1)
      let maps = try Network(backbone, options: single).run(inputs)
      #expect(maps.map(\.shape) == candidate.types.map(\.shape))
      let parts = try Network(rest, options: single).run(maps)
      for (a, b) in zip(parts, whole) {
        #expect(a.shape == b.shape)
        // Fusions end at the cut, which changes the order of sums.
        expectClose(
          a.floats(), b.floats(), absolute: 5e-5, relative: 1e-4,
          "\(small) at \(candidate.cut.name)")
      }
    }
  }

  /// Three strided stages whose maps all meet at the end.
  private func pyramid() throws -> StackOfWindows {
    var stack = StackOfWindows(side: 32)
    var maps: [Graph.ValueID] = []
    for stage in 1...3 {
      try stack.convolution("conv\(stage)", kernel: 3, stride: 2, padding: 1)
      stack.append(Activation(function: .relu), "relu\(stage)", [stack.top])
      maps.append(stack.top)
    }
    for stage in [1, 0] {
      let scales = stack.addConstant(try Tensor([Float(1), 1, 2, 2], shape: [4]))
      stack.append(
        Resize(mode: .nearest, coordinates: .asymmetric, nearest: .floor), "up\(stage)",
        [stack.top, nil, scales])
      stack.add("sum\(stage)", to: maps[stage])
    }
    try stack.convolution("head", kernel: 3, padding: 1)
    return stack
  }

  private func shaped(_ stack: StackOfWindows) throws -> ShapedGraph {
    var graph = stack.graph
    graph.addOutput(stack.top, name: "y")
    return try ShapedGraph(graph)
  }

  @Test func skipConnectionsCrossWithTheCut() throws {
    let shaped = try shaped(pyramid())
    let candidates = try shaped.cutCandidates()
    let third = try #require(candidates.first { $0.cut.name == "relu3" })
    #expect(third.cut.valueNames == ["relu1", "relu2", "relu3"])
    #expect(third.fields.map { $0.map(\.stride) } == [[2, 2], [4, 4], [8, 8]])
    #expect(third.channels == 3)
    // Behind an activation, never between a convolution and its own.
    #expect(!candidates.contains { $0.cut.name.hasPrefix("conv") })
    #expect(zip(candidates, candidates.dropFirst()).allSatisfy { $0.share <= $1.share })
    // Two maps of stride 2 cross behind the first upsampling's sum of stride 4? No: one of each.
    for candidate in candidates {
      let strides = candidate.fields.map { $0[0].stride }
      #expect(Set(strides).count == strides.count)
    }
  }

  @Test func layersAreFoundByName() throws {
    let shaped = try shaped(pyramid())
    #expect(try shaped.cut(after: "relu2").valueNames == ["relu1", "relu2"])
    // No candidate, but only maps cross.
    #expect(try shaped.cut(after: "conv2").valueNames == ["relu1", "conv2"])
    for layer in ["nowhere", "head"] {
      let error = #expect(throws: GraphError.self) { try shaped.cut(after: layer) }
      #expect(error.map { "\($0)" }?.contains("relu1") == true)
    }
  }

  @Test func pathsAroundACutAreRefused() throws {
    let shaped = try shaped(pyramid())
    var cut = try shaped.cut(after: "relu3")
    cut.values.removeFirst()
    cut.valueNames.removeFirst()
    #expect(throws: GraphError.self) { try shaped.divided(at: cut) }
  }

  /// A map whose values are where its cells' fields lie, resampled, says where the other map's
  /// cells' fields lie.
  @Test func resampledMapsKeepTheirPlaces() throws {
    var stack = StackOfWindows(side: 8)
    stack.append(Activation(function: .relu), "map", [stack.top])
    let shaped = try shaped(stack)
    let cut = GraphCut(
      name: "x", values: [shaped.graph.inputs[0].value], valueNames: ["x"])
    let rest = try shaped.divided(at: cut).rest
    for (count, centre) in [(12, 0.5), (6, 0.0625), (10, 3.0)] {
      let scale = 8 / Double(count)
      let values = (0..<count * count).map { Float(Double($0 % count) + centre) }
      let resampled = try rest.resamplingInputs([
        MapResampling(
          shape: [1, 1, count, count], scales: [scale, scale], firstCentres: [centre, centre],
          factor: 3)
      ])
      let result = try Network(resampled, options: single).run([
        Tensor(values, shape: [1, 1, count, count])
      ])[0].floats()
      var innerCount = 0
      for column in 0..<8 {
        let place = (Double(column) + centre) / scale
        // Beyond the first and last centre the border repeats.
        guard place >= centre, place <= Double(count - 1) + centre else { continue }
        innerCount += 1
        #expect(abs(Double(result[column]) - 3 * place) < 1e-4, "\(count) \(column)")
      }
      #expect(innerCount >= 5)
    }
  }

  @Test func nothingToResampleChangesNothing() throws {
    var stack = StackOfWindows(side: 8)
    stack.append(Activation(function: .relu), "map", [stack.top])
    let shaped = try shaped(stack)
    let same = try shaped.resamplingInputs([
      MapResampling(shape: [1, 1, 8, 8], scales: [1, 1], firstCentres: [0.5, 0.5], factor: 1)
    ])
    #expect(same.graph.nodes.count == shaped.graph.nodes.count)
    #expect(throws: GraphError.self) {
      try shaped.resamplingInputs([
        MapResampling(shape: [1, 2, 8, 8], scales: [1, 1], firstCentres: [0.5, 0.5], factor: 1)
      ])
    }
  }
}
