internal import Neural

/// Batch normalisation as Darknet computes it at inference,
///
///     y = scale * (x - mean) / (sqrt(variance) + 1e-6) + bias
///
/// (`src/blas.c`, `normalize_cpu`: the constant is added after the square root). Folded into the
/// layer before it, whose own bias Darknet adds last.
struct DarknetNormalization {
  var scales: [Float]
  var means: [Float]
  var variances: [Float]

  private static let epsilon = Double(0.000001 as Float)

  private func factor(_ index: Int) -> Double {
    Double(scales[index])
      / (Double(variances[index]).squareRoot() + DarknetNormalization.epsilon)
  }

  /// The biases with the means taken in.
  func foldedBiases(_ biases: Tensor) throws -> Tensor {
    let folded = biases.elements(Float.self).enumerated().map { index, bias in
      Float(Double(bias) - Double(means[index]) * factor(index))
    }
    return try Tensor(folded, shape: biases.shape)
  }

  /// Multiplies each filter, that is each index of the first axis, by its factor.
  func fold(into weights: inout Tensor) throws {
    let count = weights.count / max(scales.count, 1)
    try weights.withUnsafeMutableBytes { bytes in
      let elements = bytes.bindMemory(to: Float.self)
      for filter in scales.indices {
        let factor = factor(filter)
        for index in filter * count..<(filter + 1) * count {
          elements[index] = Float(Double(elements[index]) * factor)
        }
      }
    }
  }
}
