import Neural
import TestSupport
import Testing

/// Quantised graphs run by integer kernels against their floating-point reading.
@Suite struct IntegerSectionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var channels: Int
    var outputs: Int
    var height: Int
    var width: Int
    var kernel = 3
    var stride = 1
    var isSigned = false
    var testDescription: String {
      "\(channels) to \(outputs), \(height)x\(width), \(kernel)x\(kernel) by \(stride)"
        + (isSigned ? ", signed" : "")
    }
  }
  static let cases = [
    Case(channels: 3, outputs: 16, height: 9, width: 13, stride: 2),
    Case(channels: 16, outputs: 64, height: 5, width: 7, kernel: 1),
    Case(channels: 17, outputs: 33, height: 6, width: 26, isSigned: true),
    Case(channels: 64, outputs: 100, height: 3, width: 12),
    Case(channels: 5, outputs: 1, height: 1, width: 1, kernel: 5),
    Case(channels: 8, outputs: 15, height: 1, width: 1),
    Case(channels: 9, outputs: 16, height: 2, width: 3, isSigned: true),
    Case(channels: 24, outputs: 40, height: 37, width: 53),
    Case(channels: 7, outputs: 17, height: 11, width: 5),
    Case(channels: 1030, outputs: 18, height: 3, width: 4),
    Case(channels: 33, outputs: 50, height: 31, width: 9, kernel: 5, stride: 2),
    // Several such steps exceed 32 bits.
    Case(channels: 16, outputs: 16, height: 4, width: 3, stride: 1 << 30),
  ]

  /// Writes graphs as quantisers do.
  struct Builder {
    var graph = Graph()
    var random = SeededGenerator(seed: 11)
    let isSigned: Bool
    /// Weights of the largest magnitude, of one sign within a channel.
    var isExtreme = false

    mutating func scale(_ number: Float) throws -> Graph.ValueID {
      graph.addConstant(try Tensor([number], shape: []), name: "scale")
    }

    mutating func zero(_ number: Int) throws -> Graph.ValueID {
      graph.addConstant(
        try Tensor(isSigned ? .int8 : .uint8, shape: [], as: UInt8.self) {
          $0[0] = UInt8(truncatingIfNeeded: number - (isSigned ? 128 : 0))
        }, name: "zero")
    }

    /// A value through integers and back.
    mutating func quantized(_ x: Graph.ValueID, _ step: Float, _ point: Int) throws -> Graph.ValueID
    {
      let (s, z) = (try scale(step), try zero(point))
      let q = graph.append(QuantizeLinear(axis: 0), name: "q", inputs: [x, s, z])
      return graph.append(DequantizeLinear(axis: 0), name: "dq", inputs: [q, s, z])
    }

    mutating func convolution(
      _ x: Graph.ValueID, _ one: Case, groups: Int = 1
    ) throws -> Graph.ValueID {
      let shape = [one.outputs, one.channels / groups, one.kernel, one.kernel]
      let count = shape.reduce(1, *)
      let bytes = (0..<count).map { i in
        isExtreme
          ? i / (count / one.outputs) % 2 == 0 ? 128 : 127
          : UInt8(truncatingIfNeeded: random.next() >> 40)
      }
      let w = graph.addConstant(
        try Tensor(.int8, shape: shape, as: UInt8.self) { _ = $0.initialize(from: bytes) },
        name: "w")
      let scales = (0..<one.outputs).map { 0.01 + 0.001 * Float($0 % 7) }
      let s = graph.addConstant(try Tensor(scales, shape: [one.outputs]), name: "scales")
      let z = graph.addConstant(try Tensor(zeros: .int8, shape: [one.outputs]), name: "zeros")
      let weights = graph.append(DequantizeLinear(axis: 0), name: "weights", inputs: [w, s, z])
      let b = graph.addConstant(
        try Tensor(.int32, shape: [one.outputs], as: Int32.self) {
          for i in $0.indices { $0[i] = Int32(i * 37 % 500) - 250 }
        }, name: "b")
      let bs = graph.addConstant(
        try Tensor(scales.map { $0 * 0.02 }, shape: [one.outputs]), name: "bias scales")
      let bias = graph.append(DequantizeLinear(axis: 0), name: "bias", inputs: [b, bs, nil])
      let pad = one.kernel / 2
      return graph.append(
        Convolution(
          strides: [one.stride, one.stride], dilations: [1, 1], padsBegin: [pad, pad],
          padsEnd: [pad, pad], groups: groups),
        name: "conv", inputs: [x, weights, bias])
    }

    /// SiLU with each step quantised.
    mutating func swish(_ x: Graph.ValueID) throws -> Graph.ValueID {
      let s = graph.append(Activation(function: .sigmoid), name: "sigmoid", inputs: [x])
      let gate = try quantized(s, 1 / 255, 0)
      let y = graph.append(ElementwiseBinary(function: .multiply), name: "mul", inputs: [x, gate])
      return try quantized(y, 0.03, 20)
    }
  }

  private func compare(
    _ graph: Graph, _ shape: [Int], _ set: InstructionSet, step: Float, steps: Float = 1
  ) throws {
    var random = SeededGenerator(seed: 5)
    let x = try Tensor(random.floats(shape.reduce(1, *)).map { $0 * 4 }, shape: shape)
    let shaped = try ShapedGraph(graph, inputShapes: ["x": shape])
    let expected = try ReferenceExecutor.run(shaped, inputs: [x])[0]
    let results = try [1, 3].map { threads in
      let network = try Network(
        shaped, options: ExecutionOptions(threads: threads, instructionSet: set))
      #expect(network.steps.contains { $0.operation.hasPrefix("int8") })
      _ = try network.run([x])
      return try network.run([x])[0]
    }
    #expect(results[0].elements(UInt32.self) == results[1].elements(UInt32.self))
    #expect(results[0].shape == expected.shape)
    expectClose(results[0].floats(), expected.floats(), absolute: step * steps * 1.001, "\(set)")
  }

  @Test(arguments: cases, InstructionSet.available)
  func convolutionEqualsItsNumbers(_ one: Case, _ set: InstructionSet) throws {
    var builder = Builder(isSigned: one.isSigned)
    let x = builder.graph.addInput(name: "x", elementType: .float32, dimensions: nil)
    let input = try builder.quantized(x, 0.02, 120)
    let y = try builder.quantized(try builder.convolution(input, one), 0.2, 100)
    builder.graph.addOutput(y, name: "y")
    try compare(builder.graph, [1, one.channels, one.height, one.width], set, step: 0.2)
  }

  /// A convolution of some of a value's channels; `isExtreme`: its sums become as large as they can.
  private func results(_ one: Case, _ set: InstructionSet, isExtreme: Bool) throws -> [UInt32] {
    var builder = Builder(isSigned: one.isSigned, isExtreme: isExtreme)
    let zero = isExtreme ? 0 : 120
    let x = builder.graph.addInput(name: "x", elementType: .float32, dimensions: nil)
    let whole = try builder.quantized(x, 0.02, zero)
    let bounds = try [1, one.channels + 1, 1].map {
      builder.graph.addConstant(try Tensor([$0], shape: [1]), name: "bound")
    }
    let part = builder.graph.append(
      Slice(), name: "part", inputs: [whole, bounds[0], bounds[1], bounds[2]])
    let input = try builder.quantized(part, 0.02, zero)
    let step = isExtreme ? 0.13 * Float(one.channels * one.kernel * one.kernel) : 0.2
    let y = try builder.quantized(try builder.convolution(input, one), step, 100)
    builder.graph.addOutput(y, name: "y")
    let shape = [1, one.channels + 2, one.height, one.width]
    var random = SeededGenerator(seed: 5)
    let numbers = random.floats(shape.reduce(1, *)).map { isExtreme ? 6 : $0 * 4 }
    let network = try Network(
      try ShapedGraph(builder.graph, inputShapes: ["x": shape]),
      options: ExecutionOptions(threads: 2, instructionSet: set))
    #expect(network.steps.contains { $0.operation.hasPrefix("int8") })
    return try network.run([try Tensor(numbers, shape: shape)])[0].elements(UInt32.self)
  }

  @Test(arguments: cases + [Case(channels: 1024, outputs: 16, height: 4, width: 4)], [false, true])
  func instructionSetsGiveEqualBytes(_ one: Case, _ isExtreme: Bool) throws {
    let expected = try results(one, .portable, isExtreme: isExtreme)
    #expect(Set(expected).count > 1 || expected.count < 3)
    for set in InstructionSet.available {
      #expect(try results(one, set, isExtreme: isExtreme) == expected, "\(set)")
    }
  }

  @Test(arguments: InstructionSet.available, [false, true])
  func wholeBlock(_ set: InstructionSet, _ isSigned: Bool) throws {
    var builder = Builder(isSigned: isSigned)
    let x = builder.graph.addInput(name: "x", elementType: .float32, dimensions: nil)
    let input = try builder.quantized(x, 0.02, 120)
    let one = Case(channels: 20, outputs: 24, height: 6, width: 10)
    let a = try builder.swish(
      try builder.quantized(try builder.convolution(input, one), 0.2, 100))
    let pooled = builder.graph.append(
      MaxPool(
        kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padsBegin: [1, 1], padsEnd: [1, 1]),
      name: "pool", inputs: [a])
    let b = try builder.quantized(pooled, 0.03, 20)
    let sum = builder.graph.append(ElementwiseBinary(function: .add), name: "add", inputs: [a, b])
    let c = try builder.quantized(sum, 0.05, 30)
    let depthwise = try builder.quantized(
      try builder.convolution(c, Case(channels: 24, outputs: 24, height: 6, width: 10), groups: 24),
      0.3, 90)
    let joined = builder.graph.append(Concat(axis: 1), name: "concat", inputs: [a, depthwise, c])
    builder.graph.addOutput(try builder.quantized(joined, 0.3, 90), name: "y")
    // A step of the sum, turned by depthwise weights of up to 127 of 0.016, can be some of the end's.
    try compare(builder.graph, [1, 20, 6, 10], set, step: 0.3, steps: 3)
  }
}
