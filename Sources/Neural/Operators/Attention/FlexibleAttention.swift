/// Attention whose scores and probabilities graphs of the file may change: ONNX's `FlexAttention`.
///
/// Inputs, Float32: q `[N, H, L, D]`; k `[N, G, S, D]`; v `[N, G, S, E]`; then the outer values that
/// the graphs read. Output: `[N, H, L, E]`. Each graph maps `[N, H, L, S]` to the same shape. Sums run
/// in Float64.
package struct FlexibleAttention: ControlFlowOperator {
  /// `nil` is `1 / sqrt(D)`.
  package var scale: Float?
  package var scoreChange: Subgraph?
  package var probabilityChange: Subgraph?

  package init(scale: Float?, scoreChange: Subgraph?, probabilityChange: Subgraph?) {
    self.scale = scale
    self.scoreChange = scoreChange
    self.probabilityChange = probabilityChange
  }

  package var name: String { "FlexAttention" }

  package func evaluate(_ inputs: [Tensor?], budget: EvaluationBudget) throws -> [Tensor] {
    let types = inputs.prefix(3).map { $0.map { TensorType($0.elementType, $0.shape) } }
    guard types.count == 3, types.allSatisfy({ $0?.shape.count == 4 }) else {
      throw OperatorError.invalidInput("q, k and v need four axes")
    }
    let v = try required(inputs, 2)
    let plain = MultiHeadAttention(scale: scale, scores: .products)
    _ = try plain.outputTypes(of: Array(inputs.prefix(3)))
    var scores = try plain.evaluate(Array(inputs.prefix(3)))[3]
    if let scoreChange { scores = try change(scores, scoreChange, inputs[3...], budget) }
    var probabilities = try Softmax(axis: -1).evaluate([scores])[0]
    if let probabilityChange {
      probabilities = try change(probabilities, probabilityChange, inputs[3...], budget)
    }
    let (heads, groups) = (scores.shape[1], v.shape[1])
    let repeated = try Gather(axis: 1).evaluate([
      v, try Tensor(vector: (0..<heads).map { $0 * groups / heads }),
    ])
    return try MatMul().evaluate([probabilities, repeated[0]])
  }

  private func change(
    _ tensor: Tensor, _ body: Subgraph, _ captured: ArraySlice<Tensor?>,
    _ budget: EvaluationBudget
  ) throws -> Tensor {
    let result = try body.run([tensor], captured: captured, budget: budget)[0]
    guard result.shape == tensor.shape, result.elementType == .float32 else {
      throw OperatorError.invalidInput(
        "scores of shape \(tensor.shape) become \(result.elementType) of shape \(result.shape)")
    }
    return result
  }
}
