#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How the mean of a map changes with the size of the picture: `mean(s) / mean(r) = (s / r)^(-lambda)`
/// (Dollár et al. 2014, "Fast feature pyramids for object detection").
package struct PowerLaw: Hashable, Sendable {
  package var lambda: Double
  /// Root of the mean squared difference between the logarithms of measured and predicted ratios.
  package var residual: Double
  /// Ratios that the fit saw.
  package var sampleCount: Int

  /// A ratio of two means at a ratio of two scales.
  package struct Sample: Hashable, Sendable {
    package var scaleRatio: Double
    package var meanRatio: Double

    package init(scaleRatio: Double, meanRatio: Double) {
      self.scaleRatio = scaleRatio
      self.meanRatio = meanRatio
    }
  }

  /// The least-squares fit of `log(meanRatio) = -lambda * log(scaleRatio)`, through the origin.
  ///
  /// - Parameter samples: Ratios that are not positive and finite, and scales of ratio 1, say
  ///   nothing and are left out.
  /// - Returns: `nil` when no sample is left.
  package init?(fitting samples: [Sample]) {
    var (products, squares) = (0.0, 0.0)
    var points: [(x: Double, y: Double)] = []
    for sample in samples {
      let (x, y) = (log(sample.scaleRatio), log(sample.meanRatio))
      guard x.isFinite, y.isFinite, x != 0 else { continue }
      points.append((x, y))
      products += x * y
      squares += x * x
    }
    guard squares > 0 else { return nil }
    let slope = products / squares
    lambda = -slope
    residual =
      (points.reduce(0) { $0 + ($1.y - slope * $1.x) * ($1.y - slope * $1.x) }
      / Double(points.count)).squareRoot()
    sampleCount = points.count
  }
}

/// The exponents of the maps of a cut.
package enum CutExponents: Hashable, Sendable {
  /// One for all maps; 0 for no correction.
  case uniform(Double)
  /// By the names of the cut's values.
  case measured([String: Double])

  /// The exponents of values in their order; 0 for a name that is not known.
  func values(_ names: [String]) -> [Double] {
    switch self {
    case .uniform(let lambda): names.map { _ in lambda }
    case .measured(let table): names.map { table[$0] ?? 0 }
    }
  }
}
