/// Attention within each of several sequences that lie one after the other: block-diagonal scores,
/// of which only the blocks are computed.
///
/// Inputs, all Float32 with the same leading axes: q `[..., D, T]`, k `[..., D, T]`, v `[..., E, T]`
/// with T tokens. Output: `[..., E, T]`, for each sequence as `Attention` of its tokens alone.
package struct PackedAttention: Operator, Hashable {
  package var scale: Float
  /// Where the sequences begin, and at the end T (`cu_seqlens`): 0 first, never falling. A sequence
  /// without tokens gives nothing.
  package var boundaries: [Int]

  package init(scale: Float, boundaries: [Int]) {
    self.scale = scale
    self.boundaries = boundaries
  }

  package var name: String { "PackedAttention" }

  /// The tokens of each sequence that has any.
  var sequences: [Swift.Range<Int>] {
    zip(boundaries, boundaries.dropFirst()).map { $0..<$1 }.filter { !$0.isEmpty }
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let types = try Attention(scale: scale).inferTypes(inputs)
    let given = try OperatorInputs(inputs, count: 3...3)
    let (q, k) = (try given.floatType(0, "q").shape, try given.floatType(1, "k").shape)
    guard boundaries.first == 0, boundaries.last == q.last, q.last == k.last,
      zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw OperatorError.invalidAttribute(
        "cu_seqlens",
        "\(boundaries.prefix(8)): needs 0, then numbers that never fall, to \(q.last ?? 0)")
    }
    return types
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard inputs.count == 3, let q = inputs[0]?.shape, let v = inputs[2]?.shape, q.count >= 2,
      v.count == q.count
    else { return 0 }
    let pairs = sequences.reduce(0) { $0 &+ $1.count &* $1.count }
    return Checked.saturatingProduct(q.dropLast(2) + [pairs, q[q.count - 2] + v[v.count - 2]])
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let tokens = type.shape[type.shape.count - 1]
    let parts = try sequences.map { sequence in
      let own = try (0..<3).map { index in
        let tensor = try required(inputs, index)
        let rows = tensor.floats()
        let shape = tensor.shape.dropLast() + [sequence.count]
        let count = tensor.count / max(tokens, 1)
        return try Tensor(
          (0..<count).flatMap {
            rows[$0 * tokens + sequence.lowerBound..<$0 * tokens + sequence.upperBound]
          },
          shape: Array(shape))
      }
      return try Attention(scale: scale).evaluate(own)[0].floats()
    }
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      for (sequence, part) in zip(sequences, parts) {
        for row in 0..<output.count / max(tokens, 1) {
          for (position, token) in sequence.enumerated() {
            output[row * tokens + token] = part[row * sequence.count + position]
          }
        }
      }
    }
    return [result]
  }
}
