/// Part of a network that computes in 8-bit integers: what a quantised file writes as floating-point
/// operators between `DequantizeLinear` and `QuantizeLinear`.
///
/// Inputs and outputs: Int8 or UInt8 `[1, C, H, W]`, as the numbers that the graph has there. The
/// reference evaluation runs the original nodes; plans run `steps`, whose results may differ from it
/// by one quantisation step where a rounding falls the other way.
package struct IntegerSection: Operator {
  /// A quantised picture inside the section. Numbers are unsigned; signed ones are kept 128 higher.
  struct Value {
    var channels: Int
    var height: Int
    var width: Int
    /// The number that stands for 0.
    var zero: UInt8
    var scale: Float
    var isSigned: Bool
  }

  /// The places of a window and how far it moves.
  struct Window: Hashable {
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    /// Above and left.
    var pads: [Int]

    /// Pixels around the input that windows reach.
    func reach(_ input: Value, _ output: Value) -> Int {
      let sizes = [(input.height, output.height), (input.width, output.width)]
      return sizes.indices.reduce(0) { most, axis in
        let (size, count) = sizes[axis]
        let last = (count - 1) * strides[axis] - pads[axis] + (kernel[axis] - 1) * dilations[axis]
        return max(most, pads[axis], last - (size - 1))
      }
    }
  }

  enum Operation {
    /// Weights `[M, C, kernel]`, or `[C, kernel]` by channel; bias in steps of both scales.
    case convolution(Window, weights: [Int8], bias: [Int32], factors: [Float], isDepthwise: Bool)
    /// Only the step's table.
    case table
    case binary(multiplies: Bool)
    case maxPool(Window)
    /// Which row and column of the input each one of the output shows.
    case resize(rows: [Int32], columns: [Int32])
    /// Into the channels of the output from this one on.
    case place(firstChannel: Int)
    /// No work: channels of the input from this one on.
    case channels(first: Int)
  }

  struct Step {
    var name: String
    var operation: Operation
    var inputs: [Int]
    var output: Int
    /// The zero point before the table.
    var zero: UInt8
    var scale: Float
    var table: [UInt8]?
    var multiplyAdds = 0
  }

  var values: [Value]
  var steps: [Step]
  /// Which values the section's inputs and outputs are.
  var inputs: [Int]
  var outputs: [Int]
  /// The nodes that this stands for.
  var original: Subgraph

  package var name: String { "IntegerSection" }

  package func inferTypes(_ given: [OperatorInput?]) throws -> [TensorType] {
    guard given.count == inputs.count else {
      throw OperatorError.invalidInput("\(given.count) inputs, \(inputs.count) expected")
    }
    return outputs.map { type(of: values[$0]) }
  }

  func type(of value: Value) -> TensorType {
    TensorType(
      value.isSigned ? .int8 : .uint8, [1, value.channels, value.height, value.width])
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    steps.reduce(0) { $0 &+ $1.multiplyAdds }
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    try original.run(
      try inputs.indices.map { try required(inputs, $0) }, captured: [], budget: EvaluationBudget())
  }
}
