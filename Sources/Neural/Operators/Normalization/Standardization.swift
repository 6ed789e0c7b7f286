/// Shared arithmetic of the normalisations that take mean and variance from the elements.
enum Standardization {
  /// Writes `(x - mean) / sqrt(variance + epsilon)` of one run of elements, then scale and bias.
  ///
  /// - Parameters:
  ///   - range: The elements that share mean and variance (the biased one).
  ///   - affine: Scale and bias of the element at a place in the run, counted from 0.
  static func apply(
    _ x: UnsafeBufferPointer<Float>, _ output: UnsafeMutableBufferPointer<Float>,
    range: Swift.Range<Int>, epsilon: Float, affine: (Int) -> (scale: Float, bias: Float)
  ) {
    let count = Double(max(range.count, 1))
    var mean = 0.0
    for i in range { mean += Double(x[i]) }
    mean /= count
    var variance = 0.0
    for i in range {
      let difference = Double(x[i]) - mean
      variance += difference * difference
    }
    variance /= count
    let factor = 1 / (variance + Double(epsilon)).squareRoot()
    for i in range {
      let (scale, bias) = affine(i - range.lowerBound)
      output[i] = Float((Double(x[i]) - mean) * factor * Double(scale) + Double(bias))
    }
  }
}
