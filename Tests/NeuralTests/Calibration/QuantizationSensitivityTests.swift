import Neural
import TestSupport
import Testing

/// Which values of a network 8 bits hurt.
@Suite struct QuantizationSensitivityTests {
  /// Thirty products of the input, each by a number, one after the other.
  private func network() throws -> (graph: Graph, names: [String]) {
    var graph = Graph()
    let x = graph.addInput(
      name: "x", elementType: .float32, dimensions: [.fixed(1), .fixed(500)])
    var parts: [Graph.ValueID] = []
    for index in 0..<30 {
      let factor = graph.addConstant(try Tensor([Float(1)], shape: [1]), name: "c\(index)")
      parts.append(
        graph.append(
          ElementwiseBinary(function: .multiply), name: "v\(index)", inputs: [x, factor]))
    }
    graph.addOutput(graph.append(Concat(axis: 1), name: "all", inputs: parts), name: "y")
    return (graph, (0..<30).map { "v\($0)" })
  }

  private func sensitivity(_ graph: Graph) throws -> QuantizationSensitivity {
    var random = SeededGenerator(seed: 4)
    let inputs = try (0..<2).map { _ in try Tensor(random.floats(500), shape: [1, 500]) }
    return try QuantizationSensitivity(
      graph, inputShapes: [:], inputs: inputs, options: ExecutionOptions())
  }

  @Test func errorIsThatOfTheRounding() throws {
    let (graph, names) = try network()
    let sensitivity = try sensitivity(graph)
    // Numbers of -0.5...0.5 in steps of 1/255: a twelfth of a step squared against a variance of
    // 1/12, in one of thirty parts.
    let error = try sensitivity.error(of: names[3], range: -0.5...0.5)
    expectClose([error], [1 / (255 * 255) / 30], absolute: 0, relative: 0.15)
    let coarse = try sensitivity.error(of: names[3], range: -5...5)
    expectClose([coarse / error], [100], absolute: 0, relative: 0.2)
    #expect(try sensitivity.error(of: "x", range: -0.5...0.5) > 20 * error)
    #expect(try sensitivity.error(of: "missing", range: 0...1) == 0)
  }

  @Test func oneBadRangeIsFound() throws {
    let (graph, names) = try network()
    let sensitivity = try sensitivity(graph)
    let even = names.map { (name: $0, range: Float(-0.5)...0.5) }
    #expect(try sensitivity.outliers(even).isEmpty)
    var uneven = even
    uneven[7].range = -0.1...0.1
    uneven[20].range = -0.3...0.3
    let found = try sensitivity.outliers(uneven)
    #expect(found.map(\.name) == ["v7", "v20"])
    #expect(found.allSatisfy { $0.share > 0.1 && $0.share <= 1 })
    #expect(try sensitivity.outliers([]).isEmpty)
  }
}
