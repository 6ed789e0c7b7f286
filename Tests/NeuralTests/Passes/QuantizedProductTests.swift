import Neural
import TestSupport
import Testing

/// Products of integers outside integer sections against their reference evaluation.
@Suite struct QuantizedProductTests {
  private struct Builder {
    var graph = Graph()
    var random = SeededGenerator(seed: 23)

    mutating func bytes(_ type: ElementType, _ shape: [Int], _ name: String) throws -> Graph.ValueID
    {
      let bytes = (0..<shape.reduce(1, *)).map { _ in UInt8(truncatingIfNeeded: random.next() >> 40)
      }
      return graph.addConstant(
        try Tensor(type, shape: shape, as: UInt8.self) { _ = $0.initialize(from: bytes) },
        name: name)
    }

    mutating func scale(_ numbers: [Float], _ shape: [Int] = []) throws -> Graph.ValueID {
      graph.addConstant(try Tensor(numbers, shape: shape), name: "scale")
    }

    mutating func zero(_ number: UInt8) throws -> Graph.ValueID {
      graph.addConstant(
        try Tensor(.uint8, shape: [], as: UInt8.self) { $0[0] = number }, name: "zero")
    }
  }

  private func check(
    _ graph: Graph, _ shape: [Int], kinds: Set<String>, absolute: Float,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let original = try ShapedGraph(graph, inputShapes: ["x": shape])
    var optimised = original
    try Passes.optimise(&optimised)
    #expect(
      Set(optimised.graph.nodes.map(\.operation.name)) == kinds, sourceLocation: sourceLocation)
    var random = SeededGenerator(seed: 5)
    let input = try Tensor(random.floats(shape.reduce(1, *)), shape: shape)
    let expected = try ReferenceExecutor.run(original, inputs: [input])[0].floats()
    #expect(Set(expected).count > 8, sourceLocation: sourceLocation)
    expectClose(
      try ReferenceExecutor.run(optimised, inputs: [input])[0].floats(), expected,
      absolute: absolute, relative: 1e-6, sourceLocation: sourceLocation)
    for isa in InstructionSet.available {
      let options = ExecutionOptions(threads: 2, instructionSet: isa)
      expectClose(
        try Network(original, options: options).run([input])[0].floats(), expected,
        absolute: absolute, relative: 1e-6, sourceLocation: sourceLocation)
    }
  }

  /// Rounded by their own range, multiplied, scaled back.
  private func dynamic(_ product: any Operator, weights: [Int], zeros: [Int]?) throws -> Graph {
    var builder = Builder()
    let x = builder.graph.addInput(name: "x", elementType: .float32, dimensions: nil)
    let parts = (0..<3).map { builder.graph.addValue(name: "part\($0)") }
    builder.graph.addNode(DynamicQuantizeLinear(), name: "round", inputs: [x], outputs: parts)
    let w = try builder.bytes(.int8, weights, "w")
    let zero = try zeros.map { try builder.bytes(.int8, $0, "zeros") }
    let sums = builder.graph.append(product, name: "sums", inputs: [parts[0], w, parts[2], zero])
    let numbers = builder.graph.append(Cast(to: .float32), name: "cast", inputs: [sums])
    let step = builder.graph.append(
      ElementwiseBinary(function: .multiply), name: "step",
      inputs: [parts[1], try builder.scale([0.01])])
    let y = builder.graph.append(
      ElementwiseBinary(function: .multiply), name: "y", inputs: [numbers, step])
    builder.graph.addOutput(y, name: "y")
    return builder.graph
  }

  @Test func dynamicMatrixProducts() throws {
    for zeros in [nil, [], [21]] as [[Int]?] {
      let graph = try dynamic(
        QuantizedMatMul(requantizes: false), weights: [37, 21], zeros: zeros)
      try check(graph, [2, 9, 37], kinds: ["DynamicRounding", "MatMul", "Mul"], absolute: 1e-5)
    }
  }

  @Test func dynamicConvolutions() throws {
    for zeros in [nil, [18]] as [[Int]?] {
      let geometry = Convolution(
        strides: [2, 1], dilations: [1, 1], padsBegin: [1, 1], padsEnd: [1, 1], groups: 2)
      let graph = try dynamic(
        QuantizedConvolution(geometry: geometry, requantizes: false), weights: [18, 4, 3, 3],
        zeros: zeros)
      try check(graph, [1, 8, 11, 13], kinds: ["DynamicRounding", "Conv", "Mul"], absolute: 1e-4)
    }
  }

  /// Sums that something else reads stay integers.
  @Test func integerResultsStay() throws {
    var graph = try dynamic(QuantizedMatMul(requantizes: false), weights: [8, 5], zeros: nil)
    let sums = try #require(graph.nodes.first { $0.operation is QuantizedMatMul }?.outputs[0])
    graph.addOutput(sums, name: "sums")
    var shaped = try ShapedGraph(graph, inputShapes: ["x": [3, 8]])
    try Passes.optimise(&shaped)
    #expect(shaped.graph.nodes.contains { $0.operation is QuantizedMatMul })
  }

  /// Results may lie one step apart where they fall halfway.
  @Test func requantizedProducts() throws {
    var builder = Builder()
    let x = builder.graph.addInput(name: "x", elementType: .float32, dimensions: nil)
    let (scale, zero) = (try builder.scale([0.01]), try builder.zero(120))
    let a = builder.graph.append(QuantizeLinear(axis: 0), name: "a", inputs: [x, scale, zero])
    let w = try builder.bytes(.uint8, [19, 24], "w")
    let columns = try builder.scale((0..<24).map { 0.002 + 0.0001 * Float($0) }, [24])
    let zeros = try builder.bytes(.uint8, [24], "zeros")
    let (last, lastZero) = (try builder.scale([0.05]), try builder.zero(99))
    let product = builder.graph.append(
      QuantizedMatMul(requantizes: true), name: "product",
      inputs: [a, scale, zero, w, columns, zeros, last, lastZero])
    let square = builder.graph.append(
      QuantizedMatMul(requantizes: true), name: "square",
      inputs: [product, last, lastZero, product, last, lastZero, last, lastZero])
    let y = builder.graph.append(
      DequantizeLinear(axis: 0), name: "y", inputs: [square, last, lastZero])
    builder.graph.addOutput(y, name: "y")
    try check(
      builder.graph, [24, 19], kinds: ["QuantizeLinear", "DequantizeLinear", "MatMul"],
      absolute: 0.0501)
  }

  /// The two steps of the kernel against the definition, sizes around the vectors and the jobs.
  @Test func roundingByItsOwnRange() throws {
    for count in [1, 7, 33, 40_001] {
      var graph = Graph()
      let x = graph.addInput(name: "x", elementType: .float32, dimensions: nil)
      let outputs = (0..<2).map { graph.addValue(name: "y\($0)") }
      graph.addNode(DynamicRounding(), name: "round", inputs: [x], outputs: outputs)
      for value in outputs { graph.addOutput(value, name: graph.valueNames[value.index]) }
      let shaped = try ShapedGraph(graph, inputShapes: ["x": [count]])
      var random = SeededGenerator(seed: UInt32(count))
      var numbers = random.floats(count)
      let cases = [
        numbers, numbers.map { abs($0) }, numbers.map { -abs($0) - 1 },
        [Float](repeating: 0, count: count),
      ]
      numbers[count / 2] = Float.nan
      for values in cases + [numbers] {
        let input = try Tensor(values, shape: [count])
        let expected = try ReferenceExecutor.run(shaped, inputs: [input])
        for isa in InstructionSet.available {
          let options = ExecutionOptions(threads: 2, instructionSet: isa)
          let found = try Network(shaped, options: options).run([input]).map { $0.floats() }
          #expect(zip(found[0], expected[0].floats()).count { $0 != $1 } == 0)
          let (scale, definition) = (found[1][0], expected[1].floats()[0])
          #expect(scale == definition || scale.isNaN && definition.isNaN)
        }
      }
    }
  }
}
