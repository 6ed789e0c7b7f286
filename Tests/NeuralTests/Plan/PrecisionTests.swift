import Neural
import Testing

@Suite struct PrecisionTests {
  /// Float32 where the processor has nothing else, else the outputs differ in the third digit, and
  /// not with the number of threads.
  @Test(arguments: InstructionSet.available, SmallGraph.all + [.separable])
  func bfloat16(_ instructionSet: InstructionSet, _ small: SmallGraph) throws {
    let shaped = try ShapedGraph(small.graph, inputShapes: small.inputShapes)
    let inputs = try small.randomInputs(shaped)
    func outputs(_ precision: Precision, threads: Int) throws -> [[Float]] {
      let network = try Network(
        shaped,
        options: ExecutionOptions(
          threads: threads, instructionSet: instructionSet, precision: precision))
      let isAvailable = precision.isAvailable(with: instructionSet)
      #expect(network.precision == (isAvailable ? precision : .float32))
      return try network.run(inputs).map { $0.elements(Float.self) }
    }
    let expected = try outputs(.float32, threads: 1)
    let actual = try outputs(.bfloat16, threads: 1)
    #expect(try outputs(.bfloat16, threads: 2) == actual)
    guard Precision.bfloat16.isAvailable(with: instructionSet) else {
      #expect(actual == expected)
      return
    }
    for (actual, expected) in zip(actual, expected) {
      let largest = expected.reduce(0) { max($0, abs($1)) }
      let error = zip(actual, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error <= 0.05 * largest, "\(error) of \(largest)")
    }
  }
}
