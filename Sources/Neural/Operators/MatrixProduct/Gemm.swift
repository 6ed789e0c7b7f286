/// `alpha * A * B + beta * C` with A and B optionally transposed.
///
/// Inputs, all Float32: a `[M, K]` (`[K, M]` when transposed); b `[K, N]` (`[N, K]`); c?, broadcast
/// to `[M, N]`. Output: `[M, N]`.
package struct Gemm: Operator, Hashable {
  package var alpha: Float
  package var beta: Float
  package var transposeA: Bool
  package var transposeB: Bool

  package init(alpha: Float, beta: Float, transposeA: Bool, transposeB: Bool) {
    self.alpha = alpha
    self.beta = beta
    self.transposeA = transposeA
    self.transposeB = transposeB
  }

  package var name: String { "Gemm" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...3)
    let a = try inputs.floatType(0, "a")
    let b = try inputs.floatType(1, "b")
    guard a.shape.count == 2, b.shape.count == 2 else {
      throw OperatorError.invalidInput("shapes \(a.shape) and \(b.shape), needs matrices")
    }
    let (rows, depth) = transposeA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
    let (depthB, columns) = transposeB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
    guard depth == depthB else {
      throw OperatorError.invalidInput(
        "shapes \(a.shape) and \(b.shape) do not multiply"
          + (transposeA || transposeB ? " as transposed" : ""))
    }
    if let c = inputs.optionalType(2) {
      try c.requireFloat("c")
      try Broadcast.require(c.shape, fits: [rows, columns], "c")
    }
    return [try .output(.float32, [rows, columns])]
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard let a = inputs.first??.shape, a.count == 2, let output = outputs.first else { return 0 }
    return Checked.saturatingProduct(output.shape + [a[transposeA ? 0 : 1]])
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (a, b) = (try required(inputs, 0), try required(inputs, 1))
    let c = try optional(inputs, 2).map {
      try $0.strided(
        shape: type.shape, strides: Broadcast.strides(of: $0.shape, over: type.shape)
      ).elements(Float.self)
    }
    let (rows, columns) = (type.shape[0], type.shape[1])
    let depth = a.shape[transposeA ? 0 : 1]
    let (rowStepA, depthStepA) = transposeA ? (1, rows) : (depth, 1)
    let (depthStepB, columnStepB) = transposeB ? (1, depth) : (columns, 1)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      a.withElements(Float.self) { a in
        b.withElements(Float.self) { b in
          for row in 0..<rows {
            for column in 0..<columns {
              var sum = 0.0
              for k in 0..<depth {
                sum +=
                  Double(a[row * rowStepA + k * depthStepA])
                  * Double(b[k * depthStepB + column * columnStepB])
              }
              let position = row * columns + column
              sum *= Double(alpha)
              if let c { sum += Double(beta) * Double(c[position]) }
              output[position] = Float(sum)
            }
          }
        }
      }
    }
    return [result]
  }
}
