/// Quantises by the range of the values themselves, stretched to hold 0.
///
/// Input: x, Float32. Outputs: UInt8 of x's shape; the scale `range / 255`, Float32 scalar; the zero
/// point, UInt8 scalar. All zeros have the scale 1.
package struct DynamicQuantizeLinear: Operator, Hashable {
  package init() {}

  package var name: String { "DynamicQuantizeLinear" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    return [try .output(.uint8, x.shape), TensorType(.float32, []), TensorType(.uint8, [])]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0).floats()
    let least = x.reduce(Float(0)) { $0.minimum($1) }
    let most = x.reduce(Float(0)) { $0.maximum($1) }
    let scale = most == least ? 1 : (most - least) / 255
    let zero = QuantizeLinear.quantize(-least / scale, zero: 0, 0...255)
    let values = x.map { QuantizeLinear.quantize($0 / scale, zero: zero, 0...255) }
    return [
      try .quantized(values, .uint8, type.shape), try Tensor([scale], shape: []),
      try .quantized([zero], .uint8, []),
    ]
  }
}
