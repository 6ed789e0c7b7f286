import Neural
import Testing

/// Networks that take turns in one memory against the same networks, each in its own.
@Suite struct WorkingMemoryTests {
  @Test(arguments: InstructionSet.available)
  func turnsDoNotChangeABit(_ instructionSet: InstructionSet) throws {
    let options = ExecutionOptions(instructionSet: instructionSet)
    let workers = try WorkerPool(threads: 2)
    let memory = WorkingMemory()
    let smalls = SmallGraph.all + [.separable]
    let pairs = try smalls.map { small in
      let shaped = try ShapedGraph(small.graph, inputShapes: small.inputShapes)
      return (
        inputs: try small.randomInputs(shaped), alone: try Network(shaped, options: options),
        sharing: try Network(shaped, options: options, workers: workers, memory: memory)
      )
    }
    // Twice, the second time backwards: every network follows another one's remains.
    for index in Array(pairs.indices) + pairs.indices.reversed() {
      let pair = pairs[index]
      let expected = try pair.alone.run(pair.inputs).map { $0.elements(UInt32.self) }
      let actual = try pair.sharing.run(pair.inputs).map { $0.elements(UInt32.self) }
      #expect(actual == expected, "\(smalls[index])")
    }
  }
}
