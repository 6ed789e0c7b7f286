/// Attention without a softmax, as a state that every position updates and reads.
///
/// Inputs, Float32: q `[N, L, H * D]`; k `[N, L, G * D]`; v `[N, L, G * E]`; state? `[N, G, D, E]`
/// (zeros without it); decay? `[N, L, G]` or `[N, L, G * D]`; rate? `[N, L, G]` or `[N, L, 1]`.
/// Outputs: `[N, L, H * E]` and the state after the last position. Per position, S is multiplied by
/// `exp(decay)`; then `k v^T` is added, v replaced by `rate * (v - S^T k)` with a correction; the result
/// is `scale * S^T q` (Yang et al. 2024, arXiv:2412.06464). The state is kept in Float64.
package struct LinearAttention: Operator, Hashable {
  package var queryHeads: Int
  package var keyHeads: Int
  /// `nil` is `1 / sqrt(D)`.
  package var scale: Float?
  /// Whether the state fades by the decay.
  package var decays: Bool
  /// Whether only what the state does not hold yet is added, by the rate.
  package var corrects: Bool

  package init(queryHeads: Int, keyHeads: Int, scale: Float?, decays: Bool, corrects: Bool) {
    self.queryHeads = queryHeads
    self.keyHeads = keyHeads
    self.scale = scale
    self.decays = decays
    self.corrects = corrects
  }

  package var name: String { "LinearAttention" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...6)
    guard keyHeads > 0, queryHeads > 0, queryHeads % keyHeads == 0 else {
      throw OperatorError.invalidAttribute(
        "q_num_heads", "\(queryHeads), needs a multiple of kv_num_heads \(keyHeads)")
    }
    let q = try HeadLayout(try inputs.floatType(0, "query").shape, heads: queryHeads, "query")
    let k = try HeadLayout(try inputs.floatType(1, "key").shape, heads: keyHeads, "key")
    let v = try HeadLayout(try inputs.floatType(2, "value").shape, heads: keyHeads, "value")
    guard q.batch == k.batch, k.batch == v.batch, q.length == k.length, k.length == v.length,
      q.size == k.size, try inputs.type(0, "query").shape.count == 3
    else { throw OperatorError.invalidInput("query, key and value do not fit together") }
    let state = [q.batch, keyHeads, q.size, v.size]
    if let past = inputs.optionalType(3) {
      try past.requireFloat("past_state")
      try past.requireShape(state, "past_state")
    }
    for (index, label, isUsed, sizes) in [
      (4, "decay", decays, [keyHeads, keyHeads * q.size]), (5, "beta", corrects, [keyHeads, 1]),
    ] {
      guard let type = inputs.optionalType(index) else {
        if isUsed { throw OperatorError.invalidInput("input \(label) is missing") }
        continue
      }
      try type.requireFloat(label)
      guard isUsed, type.shape.count == 3, type.shape[0] == q.batch, type.shape[1] == q.length,
        sizes.contains(type.shape[2])
      else { throw OperatorError.invalidInput("\(label) of shape \(type.shape)") }
    }
    return [
      try .output(.float32, [q.batch, q.length, queryHeads * v.size]), try .output(.float32, state),
    ]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let types = try outputTypes(of: inputs)
    let (depth, width) = (types[1].shape[2], types[1].shape[3])
    let (batch, length) = (types[0].shape[0], types[0].shape[1])
    func floats(_ index: Int) -> [Float] { optional(inputs, index)?.elements(Float.self) ?? [] }
    let (q, k, v) = (floats(0), floats(1), floats(2))
    let (decay, rate) = (floats(4), floats(5))
    let decaySize = optional(inputs, 4)?.shape[2] ?? 0
    let rateSize = optional(inputs, 5)?.shape[2] ?? 0
    var states = floats(3).map { Double($0) }
    if states.isEmpty {
      states = [Double](repeating: 0, count: types[1].shape.reduce(1, *))
    }
    let factor = Double(scale ?? Float(1 / Double(max(depth, 1)).squareRoot()))
    let group = queryHeads / keyHeads
    let output = try Tensor(.float32, shape: types[0].shape, as: Float.self) { output in
      var added = [Double](repeating: 0, count: width)
      for image in 0..<batch {
        for step in image * length..<(image + 1) * length {
          for head in 0..<keyHeads {
            let state = (image * keyHeads + head) * depth * width
            let key = (step * keyHeads + head) * depth
            if decays {
              for d in 0..<depth {
                let g =
                  decaySize == keyHeads
                  ? decay[step * keyHeads + head] : decay[step * decaySize + head * depth + d]
                let fade = ElementaryFunctions.exponential(Double(g))
                for e in 0..<width { states[state + d * width + e] *= fade }
              }
            }
            for e in 0..<width { added[e] = Double(v[(step * keyHeads + head) * width + e]) }
            if corrects {
              let beta = Double(rate[step * rateSize + (rateSize == 1 ? 0 : head)])
              for e in 0..<width {
                var held = 0.0
                for d in 0..<depth { held += states[state + d * width + e] * Double(k[key + d]) }
                added[e] = beta * (added[e] - held)
              }
            }
            for d in 0..<depth {
              for e in 0..<width { states[state + d * width + e] += Double(k[key + d]) * added[e] }
            }
            for member in 0..<group {
              let query = step * queryHeads + head * group + member
              for e in 0..<width {
                var sum = 0.0
                for d in 0..<depth {
                  sum += states[state + d * width + e] * Double(q[query * depth + d])
                }
                output[query * width + e] = Float(factor * sum)
              }
            }
          }
        }
      }
    }
    return [output, try Tensor(states.map { Float($0) }, shape: types[1].shape)]
  }
}
