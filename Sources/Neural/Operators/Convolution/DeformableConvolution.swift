/// A convolution whose taps are moved by learned offsets and weighted by a learned mask (Dai et al.
/// 2017, arXiv:1703.06211; Zhu et al. 2019, arXiv:1811.11168): ONNX's `DeformConv` over two axes.
///
/// Inputs, Float32: x `[N, C, H, W]`; w `[M, C / groups, kh, kw]`; offsets
/// `[N, offsetGroups * kh * kw * 2, rows, columns]`, y before x for each tap; bias? `[M]`; mask?
/// `[N, offsetGroups * kh * kw, rows, columns]`. Output: `[N, M, rows, columns]`. Taps between elements
/// are mixed linearly; outside is 0. Sums run in Float64.
package struct DeformableConvolution: Operator, Hashable {
  /// Strides, dilations, pads and groups.
  package var geometry: Convolution
  package var offsetGroups: Int

  package init(geometry: Convolution, offsetGroups: Int) {
    self.geometry = geometry
    self.offsetGroups = offsetGroups
  }

  package var name: String { "DeformConv" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...5)
    let (x, w) = (try inputs.floatType(0, "x"), try inputs.floatType(1, "w"))
    guard x.shape.count == 4 else {
      throw OperatorError.unsupported("x of shape \(x.shape), needs [N, C, H, W]")
    }
    let bias = inputs.optionalType(3)
    let output = try geometry.inferTypes([
      OperatorInput(type: x), OperatorInput(type: w), bias.map { OperatorInput(type: $0) },
    ])[0]
    guard offsetGroups >= 1, x.shape[1] % offsetGroups == 0 else {
      throw OperatorError.invalidAttribute(
        "offset_group", "\(offsetGroups) groups for \(x.shape[1]) channels")
    }
    let taps = try Checked.product(offsetGroups, w.shape[2] * w.shape[3], "taps")
    let size = [output.shape[2], output.shape[3]]
    let offsets = try inputs.floatType(2, "offset")
    try offsets.requireShape(
      [x.shape[0], try Checked.product(taps, 2, "offsets")] + size, "offset")
    if let mask = inputs.optionalType(4) {
      try mask.requireFloat("mask")
      try mask.requireShape([x.shape[0], taps] + size, "mask")
    }
    return [output]
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard inputs.count > 1, let w = inputs[1], let output = outputs.first else { return 0 }
    return Checked.saturatingProduct(output.shape + w.shape.dropFirst())
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (x, w) = (try required(inputs, 0), try required(inputs, 1))
    let (xs, ws) = (x.elements(Float.self), w.elements(Float.self))
    let offsets = try required(inputs, 2).elements(Float.self)
    let bias = optional(inputs, 3)?.elements(Float.self)
    let mask = optional(inputs, 4)?.elements(Float.self)
    let begin = try geometry.padding(inputShape: x.shape, kernel: Array(w.shape.dropFirst(2))).begin
    let (height, width, channels) = (x.shape[2], x.shape[3], x.shape[1])
    let (rows, columns, outputs) = (type.shape[2], type.shape[3], type.shape[1])
    let (kernelRows, kernelColumns, groupInputs) = (w.shape[2], w.shape[3], w.shape[1])
    let (taps, places) = (kernelRows * kernelColumns, rows * columns)
    let groupOutputs = outputs / geometry.groups
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      var samples = [Double](repeating: 0, count: channels * taps)
      for image in 0..<type.shape[0] {
        for place in 0..<places {
          let (row, column) = (place / columns, place % columns)
          for channel in 0..<channels {
            let group = image * offsetGroups + channel / (channels / offsetGroups)
            let plane = (image * channels + channel) * height * width
            for tap in 0..<taps {
              let first = ((group * taps + tap) * 2) * places + place
              let y =
                Double(
                  row * geometry.strides[0] - begin[0] + tap / kernelColumns * geometry.dilations[0]
                )
                + Double(offsets[first])
              let h =
                Double(
                  column * geometry.strides[1] - begin[1] + tap % kernelColumns
                    * geometry.dilations[1])
                + Double(offsets[first + places])
              let weight = mask.map { Double($0[(group * taps + tap) * places + place]) } ?? 1
              samples[channel * taps + tap] =
                weight * Self.sample(xs, plane, height, width, y, h)
            }
          }
          for channel in 0..<outputs {
            var sum = Double(bias?[channel] ?? 0)
            let from = channel / groupOutputs * groupInputs * taps
            let weights = channel * groupInputs * taps
            for i in 0..<groupInputs * taps { sum += Double(ws[weights + i]) * samples[from + i] }
            output[(image * outputs + channel) * places + place] = Float(sum)
          }
        }
      }
    }
    return [result]
  }

  private static func sample(
    _ x: [Float], _ plane: Int, _ height: Int, _ width: Int, _ row: Double, _ column: Double
  ) -> Double {
    guard row > -1, row < Double(height), column > -1, column < Double(width) else { return 0 }
    let (top, left) = (Int(row.rounded(.down)), Int(column.rounded(.down)))
    let (v, h) = (row - Double(top), column - Double(left))
    func value(_ r: Int, _ c: Int) -> Double {
      r >= 0 && r < height && c >= 0 && c < width ? Double(x[plane + r * width + c]) : 0
    }
    return (1 - v) * ((1 - h) * value(top, left) + h * value(top, left + 1))
      + v * ((1 - h) * value(top + 1, left) + h * value(top + 1, left + 1))
  }
}
