/// What quantised numbers stand for: `(x - zero) * scale`.
///
/// Inputs: x, Int8, UInt8, Int16, UInt16 or Int32 of any shape; scale, Float32: one element, one per
/// position of an axis, or one per block; zero?, of x's type and the scale's shape. Output: Float32,
/// x's shape.
package struct DequantizeLinear: Operator, Hashable {
  package var axis: Int
  /// Elements per scale along the axis; 0 without blocks.
  package var blockSize: Int

  package init(axis: Int = 1, blockSize: Int = 0) {
    self.axis = axis
    self.blockSize = blockSize
  }

  package var name: String { "DequantizeLinear" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...3)
    let x = try inputs.type(0, "x")
    _ = try x.elementType.quantizedRange()
    let scale = try inputs.floatType(1, "x_scale")
    _ = try QuantizationSteps(x.shape, scale: scale.shape, axis: axis, blockSize: blockSize)
    if let zero = inputs.optionalType(2) {
      // One number may be a scalar on one side and a vector on the other.
      if scale.shape.reduce(1, *) != 1 || zero.shape.reduce(1, *) != 1 {
        try zero.requireShape(scale.shape, "x_zero_point")
      }
      try zero.requireSameType(as: x, "x_zero_point")
    }
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (x, scale) = (try required(inputs, 0), try required(inputs, 1))
    let scales = scale.floats()
    let zeros = try optional(inputs, 2)?.integers()
    let steps = try QuantizationSteps(x.shape, scale: scale.shape, axis: axis, blockSize: blockSize)
      .indices()
    let values = try x.integers()
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      for i in values.indices {
        output[i] = Float(values[i] - (zeros?[steps[i]] ?? 0)) * scales[steps[i]]
      }
    }
    return [result]
  }
}
