import ModelFormats
import Neural
import TestSupport
import Testing

/// Networks written with 8-bit integers.
@Suite struct ONNXQuantizerTests {
  private static let seed: UInt32 = 9

  /// Two convolutions with a SiLU between them; the second's output is decoded by a sigmoid.
  private func model(opset: Int = 13) throws -> ONNXModelBuilder {
    var random = SeededGenerator(seed: Self.seed)
    var builder = ONNXModelBuilder(opset: opset)
    builder.input("x", [1, 3, 8, 8])
    builder.weights(ONNXModelBuilder.tensor("w1", [8, 3, 3, 3], floats: random.floats(216)))
    builder.weights(ONNXModelBuilder.tensor("b1", [8], floats: random.floats(8)))
    builder.weights(ONNXModelBuilder.tensor("w2", [4, 8, 1, 1], floats: random.floats(32)))
    builder.node("Conv", ["x", "w1", "b1"], ["c1"])
    builder.node("Sigmoid", ["c1"], ["s1"])
    builder.node("Mul", ["c1", "s1"], ["m1"])
    builder.node("Conv", ["m1", "w2"], ["c2"])
    builder.node("Sigmoid", ["c2"], ["y"])
    builder.output("y")
    return builder
  }

  private func quantizer(_ builder: ONNXModelBuilder) throws -> ONNXQuantizer {
    try ONNXQuantizer(try builder.bytes(), model: try builder.read())
  }

  private let ranges: [String: ClosedRange<Float>] = [
    "x": -0.5...0.5, "c1": -3...3, "s1": 0...1, "m1": -0.3...3,
  ]

  private func run(_ model: Model) throws -> [Float] {
    var random = SeededGenerator(seed: 3)
    let x = try Tensor(random.floats(192), shape: [1, 3, 8, 8])
    return try Network(graph: model.graph).run([x])[0].floats()
  }

  private func quantized(_ ranges: [String: ClosedRange<Float>]) throws -> Model {
    try ONNXReader.read(try quantizer(try model()).quantized(ranges: ranges), path: "q.onnx")
  }

  @Test func valuesBetweenConvolutionsBecomeIntegers() throws {
    let quantizer = try quantizer(try model())
    #expect(quantizer.values == ["x", "c1", "s1", "m1", "c2"])
    #expect(quantizer.convolutionInputs == ["x", "m1"])
    let result = try quantized(ranges)
    #expect(result.operatorCounts["QuantizeLinear"] == 4)
    // Four values, two weights, one bias.
    #expect(result.operatorCounts["DequantizeLinear"] == 7)
    let (exact, actual) = (try run(try model().read()), try run(result))
    // Steps of 3/255 and of 1/127 of the largest weight, through a slope of a quarter.
    expectClose(actual, exact, absolute: 0.01)
    #expect(actual != exact)
  }

  @Test func whatNoIntegerNodeReadsIsNotWritten() throws {
    // A range too much: nothing integer reads the last convolution's output.
    let more = try quantized(ranges.merging(["c2": -3...3]) { a, _ in a })
    #expect(more.operatorCounts == (try quantized(ranges).operatorCounts))
    // Without the product's range its factors need none either; the first convolution keeps its
    // integer weights.
    let less = try quantized(ranges.filter { $0.key != "m1" })
    #expect(less.operatorCounts["QuantizeLinear"] == 1)
    #expect(less.operatorCounts["DequantizeLinear"] == 3)
    let exact = try run(try model().read())
    expectClose(try run(less), exact, absolute: 0.005)
    let none = try quantized([:])
    #expect(none.operatorCounts["QuantizeLinear"] == nil)
    #expect(try run(none) == exact)
  }

  /// What changed with operator set 13 is written in its words: the results stay.
  @Test func operatorsThatChangedAreRaised() throws {
    var builder = try model(opset: 11)
    builder.proto.graph.output = []
    builder.node("Split", ["c2"], ["a", "b"], [.int("axis", 1), .ints("split", [3, 1])])
    builder.node("Softmax", ["a"], ["p"], [.int("axis", 2)])
    builder.node("ReduceSum", ["p"], ["r"], [.ints("axes", [1]), .int("keepdims", 1)])
    builder.node("Squeeze", ["b"], ["q"], [.ints("axes", [1])])
    builder.node("Unsqueeze", ["q"], ["u"], [.ints("axes", [1])])
    builder.node("Add", ["r", "u"], ["z"])
    builder.output("z")
    let raised = try quantizer(builder).quantized(ranges: [:])
    let result = try ONNXReader.read(raised, path: "q.onnx")
    #expect(result.operatorCounts["Flatten"] == 1)
    expectClose(try run(result), try run(try builder.read()), absolute: 1e-6)
  }

  @Test func oldOperatorSets() throws {
    let raised = try quantizer(try model(opset: 11)).quantized(ranges: ranges)
    #expect(try run(try ONNXReader.read(raised, path: "q.onnx")).count == 4 * 6 * 6)
    #expect(throws: ModelError.self) { try quantizer(try model(opset: 9)) }
  }

  @Test func withoutConvolutionsThereIsNothingToQuantise() throws {
    var builder = ONNXModelBuilder(opset: 13)
    builder.input("x", [1, 3, 8, 8])
    builder.node("Sigmoid", ["x"], ["y"])
    builder.output("y")
    #expect(throws: ModelError.self) { try quantizer(builder) }
  }
}
