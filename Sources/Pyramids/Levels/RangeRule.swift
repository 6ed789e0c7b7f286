internal import Geometry

/// Which object sizes each pass answers for, worked out from how much the passes enlarge.
///
/// A detector is at its best on objects of the sizes it was trained on, in input pixels. Of passes
/// that look at the same place with different enlargements, the less enlarged ones leave the small
/// objects to the others, and the more enlarged ones leave the large objects, which they see in
/// parts or larger than any they were trained on (SNIP, Singh & Davis 2018, arXiv:1711.08189).
package struct RangeRule: Hashable, Sendable {
  /// Least size `sqrt(width * height)` in input pixels that a pass answers for while a more
  /// enlarged one looks too.
  package var least: Double
  /// Greatest size in input pixels that a pass answers for while a less enlarged one looks too.
  package var greatest: Double

  package init(least: Double, greatest: Double) {
    self.least = least
    self.greatest = greatest
  }

  /// - Parameters:
  ///   - ratio: Input pixels per source pixel of the pass.
  ///   - all: The ratios of all passes.
  /// - Returns: In source pixels; `nil` where the pass answers for all sizes.
  package func range(ratio: Double, among all: [Double]) -> ScaleRange? {
    // Rounding must not make one of two equal passes the finer one.
    let isFinest = !all.contains { $0 > ratio * 1.05 }
    let isCoarsest = !all.contains { $0 < ratio / 1.05 }
    if isFinest && isCoarsest { return nil }
    return try? ScaleRange(
      low: isFinest || least <= 0 ? nil : least / ratio,
      high: isCoarsest || !greatest.isFinite ? nil : greatest / ratio)
  }
}

/// Where the ranges of a strategy's passes come from.
package enum RangeChoice: Hashable, Sendable {
  /// By `RangeRule`, the strategy's own for the detector.
  case automatic
  case all
  /// One per scale, in their order.
  case given([ScaleRange])
}
