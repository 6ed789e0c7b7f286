import Neural
import TestSupport
import Testing

/// `QuantizeLinear` as a network runs it against its definition.
@Suite struct QuantizeLinearTests {
  /// Halves and their neighbours, what lies beyond the range, and what is no number.
  private func numbers(_ scale: Float) -> [Float] {
    var numbers: [Float] = [0, -0.0, .nan, .infinity, -.infinity, 3e38, -3e38, 1e-45, 1e-39]
    for half in -600...600 {
      let x = (Float(half) / 2) * scale
      numbers += [x, x.nextUp, x.nextDown, x.nextUp.nextUp, x.nextDown.nextDown]
    }
    var random = SeededGenerator(seed: 3)
    return numbers + random.floats(5000).map { $0 * 300 * scale }
  }

  @Test(
    arguments: InstructionSet.available,
    [0.1, 1 / 255, 0.017123, 3, 1e-39, 1e-45, 1e-30, 2e38, .infinity, 0] as [Float])
  func roundsAsDefined(_ set: InstructionSet, _ scale: Float) throws {
    for (type, zero) in [(ElementType.uint8, 0), (.uint8, 131), (.int8, -128), (.int8, 5)] {
      let x = numbers(scale)
      var graph = Graph()
      let input = graph.addInput(name: "x", elementType: .float32, dimensions: nil)
      let s = try Tensor([scale], shape: [])
      let z = try Tensor(type, shape: [], as: UInt8.self) {
        $0[0] = UInt8(truncatingIfNeeded: zero)
      }
      let constants = [
        graph.addConstant(s, name: "scale"), graph.addConstant(z, name: "zero"),
      ]
      let operation = QuantizeLinear(axis: 0)
      let output = graph.append(
        operation, name: "q", inputs: [input, constants[0], constants[1]])
      graph.addOutput(output, name: "y")
      let tensor = try Tensor(x, shape: [x.count])
      let network = try Network(
        try ShapedGraph(graph, inputShapes: ["x": [x.count]]),
        options: ExecutionOptions(threads: 2, instructionSet: set))
      let expected = try operation.evaluate([tensor, s, z])[0].elements(UInt8.self)
      let result = try network.run([tensor])[0].elements(UInt8.self)
      for (i, (a, b)) in zip(result, expected).enumerated() where a != b {
        Issue.record("\(x[i]) in steps of \(scale) from \(zero): \(a), not \(b)")
        break
      }
    }
  }
}
