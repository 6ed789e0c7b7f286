/// A convolution of each channel with itself that reads only the past, in pieces: what precedes the
/// input comes as a state, and the next piece's state is handed on. ONNX's `CausalConvWithState`.
///
/// Inputs, Float32: x `[N, C, L]`; w `[C, 1, K]`; bias? `[C]`; state? `[N, C, K - 1]` (zeros without
/// it). Outputs: `[N, C, L]` and the last `K - 1` elements read, `[N, C, K - 1]`.
package struct CausalConvolution: Operator, Hashable {
  package var activation: ActivationFunction

  package init(activation: ActivationFunction) {
    self.activation = activation
  }

  package var name: String { "CausalConvWithState" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...4)
    let (x, w) = (try inputs.floatType(0, "input").shape, try inputs.floatType(1, "weight").shape)
    guard x.count == 3, w.count == 3, w[0] == x[1], w[1] == 1, w[2] >= 1 else {
      throw OperatorError.invalidInput("input of shape \(x), weight of shape \(w)")
    }
    for (index, label, shape) in [
      (2, "bias", [x[1]]), (3, "past_state", [x[0], x[1], w[2] - 1]),
    ] {
      guard let type = inputs.optionalType(index) else { continue }
      try type.requireFloat(label)
      try type.requireShape(shape, label)
    }
    return [try .output(.float32, x), try .output(.float32, [x[0], x[1], w[2] - 1])]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let types = try outputTypes(of: inputs)
    let (channels, length) = (types[0].shape[1], types[0].shape[2])
    let kept = types[1].shape[2]
    let (x, w) = (
      try required(inputs, 0).elements(Float.self), try required(inputs, 1).elements(Float.self)
    )
    let bias = optional(inputs, 2)?.elements(Float.self)
    let past = optional(inputs, 3)?.elements(Float.self)
    var states: [Float] = []
    let output = try Tensor(.float32, shape: types[0].shape, as: Float.self) { output in
      for row in 0..<types[0].shape[0] * channels {
        let before = past.map { Array($0[row * kept..<(row + 1) * kept]) }
        let line =
          (before ?? [Float](repeating: 0, count: kept)) + x[row * length..<(row + 1) * length]
        let channel = row % channels
        for i in 0..<length {
          var sum = Double(bias?[channel] ?? 0)
          for k in 0...kept { sum += Double(w[channel * (kept + 1) + k]) * Double(line[i + k]) }
          output[row * length + i] = activation(Float(sum))
        }
        states += line.suffix(kept)
      }
    }
    return [output, try Tensor(states, shape: types[1].shape)]
  }
}
