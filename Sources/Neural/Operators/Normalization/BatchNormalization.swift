/// Normalises each channel with stored statistics:
/// `y = (x - mean) / sqrt(variance + epsilon) * scale + bias` (Ioffe & Szegedy 2015,
/// arXiv:1502.03167; inference only).
///
/// Inputs, all Float32: x `[N, C, ...]`; scale, bias, mean, variance `[C]`. Output: the shape of x.
package struct BatchNormalization: Operator, Hashable {
  package var epsilon: Float

  package init(epsilon: Float = 1e-5) {
    self.epsilon = epsilon
  }

  package var name: String { "BatchNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 5...5)
    let x = try inputs.floatType(0, "x")
    guard x.shape.count >= 2 else {
      throw OperatorError.invalidInput("x of shape \(x.shape), needs [N, C, ...]")
    }
    for (index, label) in ["scale", "bias", "mean", "variance"].enumerated() {
      try inputs.floatType(index + 1, label).requireShape([x.shape[1]], label)
    }
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let parameters = try (1...4).map { try required(inputs, $0).elements(Float.self) }
    let channels = type.shape[1]
    let planeCount = type.shape.dropFirst(2).reduce(1, *)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for plane in 0..<type.shape[0] * channels {
          let c = plane % channels
          let (scale, bias) = (Double(parameters[0][c]), Double(parameters[1][c]))
          let (mean, variance) = (Double(parameters[2][c]), Double(parameters[3][c]))
          let factor = scale / (variance + Double(epsilon)).squareRoot()
          for i in plane * planeCount..<(plane + 1) * planeCount {
            output[i] = Float((Double(x[i]) - mean) * factor + bias)
          }
        }
      }
    }
    return [result]
  }
}
