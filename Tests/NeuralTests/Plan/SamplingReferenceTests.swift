import Neural
import TestSupport
import Testing

/// Layer normalisation and sampling by kernels against their reference code.
@Suite struct SamplingReferenceTests {
  private func run(
    _ operation: any Operator, _ inputs: [Tensor], _ set: InstructionSet
  ) throws -> [Float] {
    var graph = Graph()
    let values = inputs.enumerated().map {
      graph.addInput(name: "x\($0)", elementType: .float32, dimensions: $1.shape.map { .fixed($0) })
    }
    graph.addOutput(graph.append(operation, name: "node", inputs: values), name: "y")
    return try Network(
      graph: graph, options: ExecutionOptions(threads: 2, instructionSet: set)
    ).run(inputs)[0].floats()
  }

  @Test(
    arguments: InstructionSet.available, [[1, 1], [3, 7], [5, 16], [2, 3, 257], [40, 1000]])
  func layerNormalization(_ set: InstructionSet, _ shape: [Int]) throws {
    var random = SeededGenerator(seed: 9)
    let length = shape.last ?? 1
    // Far from 0, so that the mean's rounding shows.
    let x = try Tensor(random.floats(shape.reduce(1, *)).map { $0 + 50 }, shape: shape)
    let inputs = [
      x, try Tensor(random.floats(length), shape: [length]),
      try Tensor(random.floats(length), shape: [length]),
    ]
    let operation = LayerNormalization(axis: -1, epsilon: 1e-5)
    expectClose(
      try run(operation, inputs, set), try operation.evaluate(inputs)[0].floats(), absolute: 2e-5)
  }

  @Test(arguments: InstructionSet.available, [GridSample.Padding.zeros, .border])
  func gridSample(_ set: InstructionSet, _ padding: GridSample.Padding) throws {
    for aligns in [false, true] { try checkSampling(set, padding, aligns) }
  }

  private func checkSampling(
    _ set: InstructionSet, _ padding: GridSample.Padding, _ aligns: Bool
  ) throws {
    var random = SeededGenerator(seed: 2)
    let x = try Tensor(random.floats(2 * 3 * 5 * 7), shape: [2, 3, 5, 7])
    // Inside, at the borders, beyond them, and no number at all.
    var places = random.floats(2 * 9 * 11 * 2).map { $0 * 3 }
    places[0...7] = [-1, -1, 1, 1, 0, 0, .nan, .infinity]
    let grid = try Tensor(places, shape: [2, 9, 11, 2])
    let operation = GridSample(mode: .linear, padding: padding, alignsCorners: aligns)
    expectClose(
      try run(operation, [x, grid], set), try operation.evaluate([x, grid])[0].floats(),
      absolute: 2e-6)
  }
}
