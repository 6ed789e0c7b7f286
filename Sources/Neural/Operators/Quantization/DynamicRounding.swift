/// What `DynamicQuantizeLinear` makes of numbers, less its zero point: whole numbers in Float32, and
/// the scale that turns them back.
///
/// Input: x, Float32. Outputs: Float32 of x's shape, -255 to 255; the scale, Float32 scalar. Products
/// of such numbers with 8-bit weights are exact in single precision, and so are their sums up to
/// 2^24; passes use it to run dynamically quantised products on floating-point kernels.
package struct DynamicRounding: Operator, Hashable {
  package init() {}

  package var name: String { "DynamicRounding" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    return [try .output(.float32, x.shape), TensorType(.float32, [])]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let quantized = try DynamicQuantizeLinear().evaluate(inputs)
    let zero = try quantized[2].integers()[0]
    let numbers = try quantized[0].integers()
    let rounded = try Tensor(.float32, shape: quantized[0].shape, as: Float.self) { output in
      for i in numbers.indices { output[i] = Float(numbers[i] - zero) }
    }
    return [rounded, quantized[1]]
  }
}
