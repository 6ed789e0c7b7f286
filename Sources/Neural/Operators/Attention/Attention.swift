/// Scaled dot-product attention over channels-first heads; what graphs write as two products with a
/// softmax and transpositions between them.
///
/// Inputs, all Float32 with the same leading axes: q `[..., D, N]`, k `[..., D, M]`,
/// v `[..., E, M]`. Output: `[..., E, N]`, the sum over keys j of `v[e, j]` times the softmax over j
/// of `scale` times the sum over d of `q[d, i] k[d, j]`. Sums run in Float64.
package struct Attention: Operator, Hashable {
  package var scale: Float

  package init(scale: Float) {
    self.scale = scale
  }

  package var name: String { "Attention" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let q = try inputs.floatType(0, "q").shape
    let k = try inputs.floatType(1, "k").shape
    let v = try inputs.floatType(2, "v").shape
    guard q.count >= 2, q.dropLast(2) == k.dropLast(2), q.dropLast(2) == v.dropLast(2),
      q[q.count - 2] == k[k.count - 2], k.last == v.last
    else {
      throw OperatorError.invalidInput("q, k and v of shapes \(q), \(k) and \(v) do not fit")
    }
    return [try .output(.float32, v.dropLast() + [q[q.count - 1]])]
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard inputs.count == 3, let q = inputs[0]?.shape, let v = inputs[2]?.shape, q.count >= 2,
      v.count == q.count
    else { return 0 }
    let channels = q[q.count - 2] + v[v.count - 2]
    return Checked.saturatingProduct(q.dropLast(2) + [q[q.count - 1], v[v.count - 1], channels])
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (q, k, v) = (try required(inputs, 0), try required(inputs, 1), try required(inputs, 2))
    let rank = q.shape.count
    let (queries, keys) = (q.shape[rank - 1], k.shape[rank - 1])
    let (depth, width) = (q.shape[rank - 2], v.shape[rank - 2])
    let (qs, ks, vs) = (q.floats(), k.floats(), v.floats())
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      for head in 0..<type.shape.dropLast(2).reduce(1, *) {
        for i in 0..<queries {
          let scores = (0..<keys).map { j in
            Double(scale)
              * (0..<depth).reduce(0.0) { sum, d in
                sum + Double(qs[(head * depth + d) * queries + i])
                  * Double(ks[(head * depth + d) * keys + j])
              }
          }
          let largest = scores.reduce(-Double.infinity) { $0.maximum($1) }
          let exponentials = scores.map { ElementaryFunctions.exponential($0 - largest) }
          let total = exponentials.reduce(0, +)
          for e in 0..<width {
            let sum = exponentials.indices.reduce(0.0) { sum, j in
              sum + exponentials[j] * Double(vs[(head * width + e) * keys + j])
            }
            output[(head * width + e) * queries + i] = Float(sum / total)
          }
        }
      }
    }
    return [result]
  }
}
