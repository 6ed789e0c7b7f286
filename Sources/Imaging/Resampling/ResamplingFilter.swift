/// How output samples are made from input samples along one axis. Output `i` of `m` from `n` inputs.
package enum ResamplingFilter: Hashable, Sendable {
  /// `floor(i * n / m)`.
  case nearest
  /// `floor((i + 0.5) * n / m)`.
  case nearestExact
  /// Half-pixel centres, `(i + 0.5) * n / m - 0.5`, edges repeated, not antialiased.
  case bilinear
  /// `i * (n - 1) / (m - 1)`.
  case bilinearAlignCorners
  /// Four taps at half-pixel centres, edges repeated, not antialiased. `a` is -0.75 in OpenCV and
  /// PyTorch. Results can overshoot.
  case bicubic(a: Double)
  /// The same four taps at `i * (n - 1) / (m - 1)`.
  case bicubicAlignCorners(a: Double)
  /// The kernel's support grows with the shrink factor; taps outside are dropped and the weights
  /// normalised (Pillow).
  case antialiased(ResamplingKernel)
  /// The mean over the exact, fractional overlap of the output sample with the input samples.
  case area
  /// The plain mean over inputs `floor(i * n / m)` up to `ceil((i + 1) * n / m)`.
  case adaptiveArea
}

/// A continuous kernel for antialiased resampling.
package enum ResamplingKernel: Hashable, Sendable {
  /// Pillow's `BILINEAR`.
  case triangle
  /// Keys' cubic; Pillow's `BICUBIC` has `a = -0.5`.
  case cubic(a: Double)
  /// Pillow's `LANCZOS`.
  case lanczos3

  /// Half the kernel's width at scale 1, in samples.
  var support: Double {
    switch self {
    case .triangle: 1
    case .cubic: 2
    case .lanczos3: 3
    }
  }

  func callAsFunction(_ x: Double) -> Double {
    let distance = abs(x)
    switch self {
    case .triangle: return max(0, 1 - distance)
    case .cubic(let a): return cubicWeight(distance, a: a)
    case .lanczos3: return distance < 3 ? sinc(distance) * sinc(distance / 3) : 0
    }
  }
}

/// Keys' cubic convolution kernel (1981) at distance `x >= 0`.
func cubicWeight(_ x: Double, a: Double) -> Double {
  if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
  if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
  return 0
}
