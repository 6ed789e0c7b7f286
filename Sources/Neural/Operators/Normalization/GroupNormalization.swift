/// Normalises groups of channels of each picture together (Wu & He 2018, arXiv:1803.08494).
///
/// Inputs, all Float32: x `[N, C, ...]`; scale and bias `[C]` (one per channel, as since opset 21).
/// Output: the shape of x.
package struct GroupNormalization: Operator, Hashable {
  package var groups: Int
  package var epsilon: Float

  package init(groups: Int, epsilon: Float) {
    self.groups = groups
    self.epsilon = epsilon
  }

  package var name: String { "GroupNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let x = try inputs.floatType(0, "x")
    guard x.shape.count >= 2 else {
      throw OperatorError.invalidInput("x of shape \(x.shape), needs [N, C, ...]")
    }
    guard groups >= 1, x.shape[1] % groups == 0 else {
      throw OperatorError.invalidAttribute(
        "num_groups", "\(groups) groups for \(x.shape[1]) channels")
    }
    try inputs.floatType(1, "scale").requireShape([x.shape[1]], "scale")
    try inputs.floatType(2, "bias").requireShape([x.shape[1]], "bias")
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let scale = try required(inputs, 1).elements(Float.self)
    let bias = try required(inputs, 2).elements(Float.self)
    if x.count == 0 { return [x] }
    let groupChannels = type.shape[1] / groups
    let planeCount = type.shape.dropFirst(2).reduce(1, *)
    let runCount = groupChannels * planeCount
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for run in 0..<type.shape[0] * groups {
          let firstChannel = run % groups * groupChannels
          Standardization.apply(
            x, output, range: run * runCount..<(run + 1) * runCount, epsilon: epsilon
          ) { place in
            let channel = firstChannel + place / planeCount
            return (scale[channel], bias[channel])
          }
        }
      }
    }
    return [result]
  }
}
