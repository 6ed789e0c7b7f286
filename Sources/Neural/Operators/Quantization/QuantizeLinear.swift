/// Floating-point numbers as whole multiples of a step: `round(x / scale) + zero`, halves to even,
/// held within the type's range.
///
/// Inputs: x, Float32 or Int32 of any shape; scale, Float32: one element, one per position of an
/// axis, or one per block; zero?, of the output's type and the scale's shape. Output: the zero point's
/// type (else `elementType`), x's shape.
package struct QuantizeLinear: Operator, Hashable {
  package var axis: Int
  /// Elements per scale along the axis; 0 without blocks.
  package var blockSize: Int
  /// The output's type where no zero point tells it.
  package var elementType: ElementType

  package init(axis: Int = 1, blockSize: Int = 0, elementType: ElementType = .uint8) {
    self.axis = axis
    self.blockSize = blockSize
    self.elementType = elementType
  }

  package var name: String { "QuantizeLinear" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...3)
    let x = try inputs.type(0, "x")
    guard x.elementType == .float32 || x.elementType == .int32 else {
      throw OperatorError.unsupported("x of \(x.elementType), needs float32 or int32")
    }
    let scale = try inputs.floatType(1, "y_scale")
    _ = try QuantizationSteps(x.shape, scale: scale.shape, axis: axis, blockSize: blockSize)
    var type = elementType
    if let zero = inputs.optionalType(2) {
      // One number may be a scalar on one side and a vector on the other.
      if scale.shape.reduce(1, *) != 1 || zero.shape.reduce(1, *) != 1 {
        try zero.requireShape(scale.shape, "y_zero_point")
      }
      type = zero.elementType
    }
    _ = try type.quantizedRange()
    return [try .output(type, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (x, scale) = (try required(inputs, 0), try required(inputs, 1))
    let scales = scale.floats()
    let zeros = try optional(inputs, 2)?.integers()
    let steps = try QuantizationSteps(x.shape, scale: scale.shape, axis: axis, blockSize: blockSize)
    let range = try type.elementType.quantizedRange()
    let values = zip(x.floats(), steps.indices()).map { value, step in
      Self.quantize(value / scales[step], zero: zeros?[step] ?? 0, range)
    }
    return [try .quantized(values, type.elementType, type.shape)]
  }

  /// A number in steps as the nearest whole one of the range; NaN becomes the zero point.
  static func quantize(_ steps: Float, zero: Int, _ range: ClosedRange<Int>) -> Int {
    if steps.isNaN { return zero }
    let rounded = Double(steps).rounded(.toNearestOrEven) + Double(zero)
    return Int(min(max(rounded, Double(range.lowerBound)), Double(range.upperBound)))
  }
}
