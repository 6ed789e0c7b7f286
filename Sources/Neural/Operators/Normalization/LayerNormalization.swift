/// Normalises over the axes from `axis` to the last (Ba et al. 2016, arXiv:1607.06450).
///
/// Inputs, all Float32: x; scale and bias?, broadcast to the normalised axes. Output: the shape
/// of x. The mean and deviation that ONNX offers as further outputs are not computed.
package struct LayerNormalization: Operator, Hashable {
  /// The first normalised axis; negative counts from the end.
  package var axis: Int
  package var epsilon: Float

  package init(axis: Int, epsilon: Float) {
    self.axis = axis
    self.epsilon = epsilon
  }

  package var name: String { "LayerNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...3)
    let x = try inputs.floatType(0, "x")
    let axis = try Axes.resolve(axis, rank: x.shape.count)
    let normalized = Array(x.shape[axis...])
    let scale = try inputs.floatType(1, "scale")
    try Broadcast.require(scale.shape, fits: normalized, "scale")
    if let bias = inputs.optionalType(2) {
      try bias.requireFloat("bias")
      try Broadcast.require(bias.shape, fits: normalized, "bias")
    }
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let axis = try Axes.resolve(axis, rank: type.shape.count)
    let normalized = Array(type.shape[axis...])
    let scale = try expanded(try required(inputs, 1), normalized)
    let bias = try optional(inputs, 2).map { try expanded($0, normalized) }
    let runCount = normalized.reduce(1, *)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for run in 0..<type.shape[..<axis].reduce(1, *) {
          Standardization.apply(
            x, output, range: run * runCount..<(run + 1) * runCount, epsilon: epsilon
          ) { (scale[$0], bias?[$0] ?? 0) }
        }
      }
    }
    return [result]
  }

  private func expanded(_ tensor: Tensor, _ shape: [Int]) throws -> [Float] {
    try tensor.strided(shape: shape, strides: Broadcast.strides(of: tensor.shape, over: shape))
      .elements(Float.self)
  }
}
