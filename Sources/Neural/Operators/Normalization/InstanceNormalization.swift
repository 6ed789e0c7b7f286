/// Normalises each channel plane of each picture by its own mean and variance (Ulyanov et al. 2016,
/// arXiv:1607.08022).
///
/// Inputs, all Float32: x `[N, C, spatial...]`; scale and bias `[C]`. Output: the shape of x.
package struct InstanceNormalization: Operator, Hashable {
  package var epsilon: Float

  package init(epsilon: Float) {
    self.epsilon = epsilon
  }

  package var name: String { "InstanceNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let x = try inputs.floatType(0, "x")
    guard x.shape.count >= 3 else {
      throw OperatorError.invalidInput("x of shape \(x.shape), needs [N, C, spatial...]")
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
    let channels = type.shape[1]
    let planeCount = type.shape.dropFirst(2).reduce(1, *)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for plane in 0..<type.shape[0] * channels {
          Standardization.apply(
            x, output, range: plane * planeCount..<(plane + 1) * planeCount, epsilon: epsilon
          ) { _ in (scale[plane % channels], bias[plane % channels]) }
        }
      }
    }
    return [result]
  }
}
