/// Rotates pairs of a head's channels by angles that grow with the position (Su et al. 2021,
/// arXiv:2104.09864).
///
/// Inputs: x, Float32 `[N, heads, L, D]` or `[N, L, heads * D]`; cosines and sines, Float32
/// `[N, L, R / 2]`, or `[positions, R / 2]` with positions? `[N, L]`, integers. Output: as x. The
/// first R channels turn, in pairs `(i, i + R / 2)`, or `(2 i, 2 i + 1)` when interleaved.
package struct RotaryEmbedding: Operator, Hashable {
  package var heads: Int?
  /// R; `nil` is D.
  package var rotatedCount: Int?
  package var isInterleaved: Bool

  package init(heads: Int?, rotatedCount: Int?, isInterleaved: Bool) {
    self.heads = heads
    self.rotatedCount = rotatedCount
    self.isInterleaved = isInterleaved
  }

  package var name: String { "RotaryEmbedding" }

  private func layout(_ inputs: OperatorInputs) throws -> (x: HeadLayout, half: Int) {
    let x = try inputs.floatType(0, "x")
    let heads = try HeadLayout(x.shape, heads: x.shape.count == 3 ? self.heads : nil, "x")
    let rotated = rotatedCount ?? heads.size
    guard rotated >= 0, rotated <= heads.size, rotated % 2 == 0 else {
      throw OperatorError.invalidAttribute(
        "rotary_embedding_dim", "\(rotated) for heads of \(heads.size) channels")
    }
    let half = rotated / 2
    let (cosines, sines) = (
      try inputs.floatType(1, "cos_cache"), try inputs.floatType(2, "sin_cache")
    )
    try sines.requireShape(cosines.shape, "sin_cache")
    if let positions = inputs.optionalType(3) {
      guard positions.elementType.isInteger, positions.shape == [heads.batch, heads.length],
        cosines.shape.count == 2, cosines.shape[1] == half
      else {
        throw OperatorError.invalidInput(
          "positions of shape \(positions.shape), cosines of shape \(cosines.shape)")
      }
    } else {
      try cosines.requireShape([heads.batch, heads.length, half], "cos_cache")
    }
    return (heads, half)
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...4)
    _ = try layout(inputs)
    return [try .output(.float32, try inputs.type(0, "x").shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let (heads, half) = try layout(
      OperatorInputs(
        inputs.map { $0.map { OperatorInput(type: TensorType($0.elementType, $0.shape)) } },
        count: 3...4))
    let x = try required(inputs, 0).elements(Float.self)
    let cosines = try required(inputs, 1)
    let (cos, sin) = (cosines.elements(Float.self), try required(inputs, 2).elements(Float.self))
    let rows = cosines.shape[0]
    let positions = try optional(inputs, 3)?.integers()
    if let bad = positions?.first(where: { $0 < 0 || $0 >= rows }) {
      throw OperatorError.invalidInput("position \(bad) of \(rows)")
    }
    var output = try required(inputs, 0)
    try output.withUnsafeMutableBytes { bytes in
      let y = bytes.bindMemory(to: Float.self)
      for image in 0..<heads.batch {
        for position in 0..<heads.length {
          let row = image * heads.length + position
          let angle = (positions?[row] ?? row) * half
          for head in 0..<heads.heads {
            let start = heads.start(image, head, position)
            for i in 0..<half {
              let a = start + (isInterleaved ? 2 * i : i)
              let b = isInterleaved ? a + 1 : a + half
              y[a] = cos[angle + i] * x[a] - sin[angle + i] * x[b]
              y[b] = sin[angle + i] * x[a] + cos[angle + i] * x[b]
            }
          }
        }
      }
    }
    return [output]
  }
}
