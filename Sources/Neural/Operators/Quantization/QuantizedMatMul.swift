/// The matrix product of 8-bit integers, as 32-bit sums or quantised again: ONNX's `MatMulInteger`
/// and `QLinearMatMul`.
///
/// Inputs of `MatMulInteger`: a, b, Int8 or UInt8; zero points? of a (one, or one per row) and b
/// (one, or one per column). Output: Int32. `QLinearMatMul` takes a, its scale and zero point, b, its
/// scale and zero point, the output's scale and zero point, and gives that zero point's type.
package struct QuantizedMatMul: Operator, Hashable {
  /// Whether sums are quantised again.
  package var requantizes: Bool

  package init(requantizes: Bool) {
    self.requantizes = requantizes
  }

  package var name: String { requantizes ? "QLinearMatMul" : "MatMulInteger" }

  private var zeroOfA: Int { 2 }
  private var positions: (b: Int, zeroA: Int, zeroB: Int) {
    requantizes ? (3, 2, 5) : (1, 2, 3)
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: requantizes ? 8...8 : 2...4)
    let (a, b) = (try inputs.type(0, "a"), try inputs.type(positions.b, "b"))
    for (type, label) in [(a, "a"), (b, "b")]
    where type.elementType != .int8 && type.elementType != .uint8 {
      throw OperatorError.invalidInput("\(label) is \(type.elementType), needs int8 or uint8")
    }
    let layout = try MatMul.layout(a.shape, b.shape)
    func check(_ index: Int, _ label: String, _ count: Int) throws {
      guard let type = inputs.optionalType(index) else { return }
      let total = type.shape.reduce(1, *)
      guard total == 1 || total == count else {
        throw OperatorError.unsupported("\(label) of shape \(type.shape), needs 1 or \(count)")
      }
    }
    try check(positions.zeroA, "a_zero_point", layout.rows)
    try check(positions.zeroB, "b_zero_point", layout.columns)
    guard requantizes else { return [try .output(.int32, layout.output)] }
    for (index, label, count) in [
      (1, "a_scale", layout.rows), (4, "b_scale", layout.columns), (6, "y_scale", 1),
    ] {
      _ = try inputs.floatType(index, label)
      try check(index, label, count)
    }
    let zero = try inputs.type(7, "y_zero_point")
    try check(7, "y_zero_point", 1)
    _ = try zero.elementType.quantizedRange()
    return [try .output(zero.elementType, layout.output)]
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard let depth = inputs.first??.shape.last, let output = outputs.first else { return 0 }
    return Checked.saturatingProduct(output.shape + [depth])
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (a, b) = (try required(inputs, 0), try required(inputs, positions.b))
    let layout = try MatMul.layout(a.shape, b.shape)
    let zeroA = try optional(inputs, positions.zeroA)?.integers() ?? []
    let zeroB = try optional(inputs, positions.zeroB)?.integers() ?? []
    let left = try Tensor.quantized(
      a.integers(less: zeroA, every: layout.depth, of: layout.rows), .int32, a.shape)
    let right = try Tensor.quantized(
      b.integers(less: zeroB, every: 1, of: layout.columns), .int32, b.shape)
    let sums = try MatMul().evaluate([left, right])[0]
    guard requantizes else { return [sums] }
    let (scaleA, scaleB) = (try required(inputs, 1).floats(), try required(inputs, 4).floats())
    let scale = try required(inputs, 6).floats()[0]
    let zero = try required(inputs, 7).integers()[0]
    let range = try type.elementType.quantizedRange()
    let values = try sums.integers().enumerated().map { index, sum in
      let row = scaleA[scaleA.count == 1 ? 0 : index / layout.columns % layout.rows]
      let column = scaleB[scaleB.count == 1 ? 0 : index % layout.columns]
      return QuantizeLinear.quantize(Float(sum) * (row * column / scale), zero: zero, range)
    }
    return [try .quantized(values, type.elementType, type.shape)]
  }
}
