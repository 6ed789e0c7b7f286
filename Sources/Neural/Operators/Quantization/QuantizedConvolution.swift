internal import CKernels

/// The convolution of 8-bit integers, as 32-bit sums or quantised again: ONNX's `ConvInteger` and
/// `QLinearConv`.
///
/// Inputs of `ConvInteger`: x `[N, C, spatial...]`, w `[M, C / groups, kernel...]`, Int8 or UInt8;
/// zero points? of x (one) and w (one, or `[M]`). Output: Int32 `[N, M, spatial...]`. `QLinearConv`
/// takes x, its scale and zero point, w, its scale and zero point (one, or `[M]`), the output's scale
/// and zero point, and bias? Int32 `[M]` in steps of both scales; it gives the zero point's type.
/// Borders hold x's zero point.
package struct QuantizedConvolution: Operator, Hashable {
  /// Strides, dilations, pads and groups.
  package var geometry: Convolution
  /// Whether sums are quantised again.
  package var requantizes: Bool

  package init(geometry: Convolution, requantizes: Bool) {
    self.geometry = geometry
    self.requantizes = requantizes
  }

  package var name: String { requantizes ? "QLinearConv" : "ConvInteger" }

  private var positions: (w: Int, zeroX: Int, zeroW: Int) {
    requantizes ? (3, 2, 5) : (1, 2, 3)
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let checked = try OperatorInputs(inputs, count: requantizes ? 8...9 : 2...4)
    let (x, w) = (try checked.type(0, "x"), try checked.type(positions.w, "w"))
    for (type, label) in [(x, "x"), (w, "w")]
    where type.elementType != .int8 && type.elementType != .uint8 {
      throw OperatorError.invalidInput("\(label) is \(type.elementType), needs int8 or uint8")
    }
    let shape = try geometry.inferTypes([
      OperatorInput(type: TensorType(.float32, x.shape)),
      OperatorInput(type: TensorType(.float32, w.shape)),
    ])[0].shape
    func check(_ index: Int, _ label: String, _ count: Int) throws {
      guard let type = checked.optionalType(index) else { return }
      let total = type.shape.reduce(1, *)
      guard total == 1 || total == count else {
        throw OperatorError.invalidInput("\(label) of shape \(type.shape), needs 1 or \(count)")
      }
    }
    try check(positions.zeroX, "x_zero_point", 1)
    try check(positions.zeroW, "w_zero_point", w.shape[0])
    guard requantizes else { return [try .output(.int32, shape)] }
    for (index, label, count) in [(1, "x_scale", 1), (4, "w_scale", w.shape[0]), (6, "y_scale", 1)]
    {
      _ = try checked.floatType(index, label)
      try check(index, label, count)
    }
    let zero = try checked.type(7, "y_zero_point")
    try check(7, "y_zero_point", 1)
    _ = try zero.elementType.quantizedRange()
    if let bias = checked.optionalType(8) {
      guard bias.elementType == .int32 else {
        throw OperatorError.invalidInput("bias is \(bias.elementType), needs int32")
      }
      try bias.requireShape([w.shape[0]], "bias")
    }
    return [try .output(zero.elementType, shape)]
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard inputs.count > positions.w, let w = inputs[positions.w], let output = outputs.first
    else { return 0 }
    return Checked.saturatingProduct(output.shape + w.shape.dropFirst())
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let w = try required(inputs, positions.w)
    let sums = try sums(inputs, type.shape)
    guard requantizes else {
      return [
        try Tensor(.int32, shape: type.shape, as: Int32.self) { output in
          for i in sums.indices { output[i] = sums[i] }
        }
      ]
    }
    let scaleX = try required(inputs, 1).floats()[0]
    let scaleW = try required(inputs, 4).floats()
    let scale = try required(inputs, 6).floats()[0]
    let zero = try required(inputs, 7).integers()[0]
    let bias = try optional(inputs, 8)?.integers()
    let range = try type.elementType.quantizedRange()
    let plane = type.shape.dropFirst(2).reduce(1, *)
    let factors = (0..<w.shape[0]).map { scaleX * scaleW[scaleW.count == 1 ? 0 : $0] / scale }
    let values = sums.enumerated().map { index, sum in
      let channel = index / plane % w.shape[0]
      let total = Float(Int(sum) + (bias?[channel] ?? 0))
      return QuantizeLinear.quantize(total * factors[channel], zero: zero, range)
    }
    return [try .quantized(values, type.elementType, type.shape)]
  }

  /// Sums of products in 32 bits, wrapping around.
  private func sums(_ inputs: [Tensor?], _ shape: [Int]) throws -> [Int32] {
    let (x, w) = (try required(inputs, 0), try required(inputs, positions.w))
    let perChannel = w.shape.dropFirst().reduce(1, *)
    let zeroX = try optional(inputs, positions.zeroX)?.integers() ?? []
    let zeroW = try optional(inputs, positions.zeroW)?.integers() ?? []
    let xs = try x.integers(less: zeroX, every: 1, of: 1).map { Int16($0) }
    let ws = try w.integers(less: zeroW, every: max(perChannel, 1), of: w.shape[0])
      .map { Int16($0) }
    let begin = ThreeAxes(
      try geometry.padding(inputShape: x.shape, kernel: Array(w.shape.dropFirst(2))).begin,
      missing: 0)
    func triple(_ axes: ThreeAxes) -> (Int32, Int32, Int32) {
      (Int32(axes.depth), Int32(axes.height), Int32(axes.width))
    }
    var plane = ck_integer_plane()
    plane.input = triple(ThreeAxes(x.shape.dropFirst(2)))
    plane.kernel = triple(ThreeAxes(w.shape.dropFirst(2)))
    plane.output = triple(ThreeAxes(shape.dropFirst(2)))
    plane.stride = triple(ThreeAxes(geometry.strides))
    plane.dilation = triple(ThreeAxes(geometry.dilations))
    plane.begin = triple(begin)
    let (inputCount, outputCount) = (
      x.shape.dropFirst(2).reduce(1, *), shape.dropFirst(2).reduce(1, *)
    )
    let (channels, groupInputs) = (w.shape[0], w.shape[1])
    let kernelCount = w.shape.dropFirst(2).reduce(1, *)
    var sums = [Int32](repeating: 0, count: shape.reduce(1, *))
    xs.withUnsafeBufferPointer { x in
      ws.withUnsafeBufferPointer { w in
        sums.withUnsafeMutableBufferPointer { sums in
          guard let x = x.baseAddress, let w = w.baseAddress, let sums = sums.baseAddress else {
            return
          }
          for image in 0..<shape[0] {
            for channel in 0..<channels {
              let group = channel / (channels / geometry.groups)
              for c in 0..<groupInputs {
                let input = image * groupInputs * geometry.groups + group * groupInputs + c
                ck_integer_correlate(
                  &plane, x + input * inputCount, w + (channel * groupInputs + c) * kernelCount,
                  sums + (image * channels + channel) * outputCount)
              }
            }
          }
        }
      }
    }
    return sums
  }
}
