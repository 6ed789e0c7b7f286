import Neural
import TestSupport
import Testing

/// Planned networks against the reference evaluation of the same graph, before any pass.
@Suite struct NetworkReferenceTests {
  @Test(arguments: SmallGraph.all + [.separable], InstructionSet.available)
  func planEqualsReference(_ small: SmallGraph, _ instructionSet: InstructionSet) throws {
    let shaped = try ShapedGraph(small.graph, inputShapes: small.inputShapes)
    let inputs = try small.randomInputs(shaped)
    let expected = try ReferenceExecutor.run(shaped, inputs: inputs)
    let network = try Network(shaped, options: ExecutionOptions(instructionSet: instructionSet))
    for run in 0..<2 {
      let actual = try network.run(inputs)
      for (index, (a, b)) in zip(actual, expected).enumerated() {
        #expect(a.shape == b.shape)
        // Sums of up to 864 products of numbers below 0.5, in another order and through Winograd's
        // transforms, whose rounding errors are about 1e-5 at these sizes.
        expectClose(
          a.floats(), b.floats(), absolute: 5e-5, relative: 1e-4,
          "\(small), output \(index), run \(run)")
      }
    }
  }

  @Test func separableConvolutionsRunAsChains() throws {
    let small = SmallGraph.separable
    let network = try Network(ShapedGraph(small.graph, inputShapes: small.inputShapes))
    #expect(network.steps.map(\.kernel).count { $0 == "chain" } == 2)
  }

  @Test func maximaAreTakenByTheirConvolutions() throws {
    let small = try #require(SmallGraph.all.first { $0.description == "pooled convolutions" })
    let network = try Network(ShapedGraph(small.graph, inputShapes: small.inputShapes))
    #expect(network.steps.count { $0.kernel?.hasSuffix(", pooled") == true } == 2)
    #expect(network.steps.count { $0.operation == "MaxPool" } == 1)
  }

  @Test func kernelsWithoutRoomAreNotChosen() throws {
    let small = try #require(SmallGraph.all.first { $0.description == "many channels" })
    let network = try Network(ShapedGraph(small.graph, inputShapes: small.inputShapes))
    #expect(network.steps.allSatisfy { $0.kernel?.contains(",") != true })
  }

  @Test func headsAreWrittenInPlace() throws {
    let small = try #require(SmallGraph.all.first { $0.description == "grid heads" })
    let network = try Network(ShapedGraph(small.graph, inputShapes: small.inputShapes))
    let planar = network.steps.count { $0.kernel == "direct, planar" }
    let copies = network.steps.count { $0.operation == "Concat" }
    #expect(planar == 10)
    // The value read twice, and the network's input.
    #expect(copies == 2)
  }

  @Test(arguments: SmallGraph.all + [.separable])
  func threadsDoNotChangeABit(_ small: SmallGraph) throws {
    let shaped = try ShapedGraph(small.graph, inputShapes: small.inputShapes)
    let inputs = try small.randomInputs(shaped)
    let results = try [1, 2, 5].map { threads in
      try Network(shaped, options: ExecutionOptions(threads: threads)).run(inputs)
        .map { $0.elements(UInt32.self) }
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test(arguments: SmallGraph.all)
  func passesKeepTheResult(_ small: SmallGraph) throws {
    let shaped = try ShapedGraph(small.graph, inputShapes: small.inputShapes)
    let inputs = try small.randomInputs(shaped)
    let expected = try ReferenceExecutor.run(shaped, inputs: inputs)
    var rewritten = shaped
    for pass in Passes.standard {
      try pass.run(&rewritten)
      rewritten.removeDeadNodes()
      let actual = try ReferenceExecutor.run(rewritten, inputs: inputs)
      for (a, b) in zip(actual, expected) {
        expectClose(
          a.floats(), b.floats(), absolute: 2e-5, relative: 1e-4, "\(small) after \(pass.name)")
      }
    }
  }
}

extension SmallGraph {
  func randomInputs(_ shaped: ShapedGraph) throws -> [Tensor] {
    var generator = SeededGenerator(seed: 11)
    return try shaped.graph.inputs.map { input in
      let shape = shaped.type(of: input.value).shape
      return try Tensor(generator.floats(shape.reduce(1, *)), shape: shape)
    }
  }
}
