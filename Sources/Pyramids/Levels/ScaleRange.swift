package import Detectors
package import Geometry

/// The sizes of objects that one level, branch or tile answers for, by `sqrt(width * height)` in
/// source pixels (SNIP, Singh & Davis 2018, arXiv:1711.08189; TridentNet, Li et al. 2019,
/// arXiv:1901.01892).
package struct ScaleRange: Hashable, Sendable {
  /// Which sizes at the very ends of a range belong to it, and how an area is measured.
  package enum Boundary: Hashable, Sendable {
    /// `low < size <= high`, as the published test of SNIPER.
    case lowExclusive
    /// `low <= size <= high` of boxes that count their last pixel, `width + 1`, as the published
    /// TridentNet.
    case inclusivePixels
  }

  /// In source pixels; `nil` for no bound.
  package var low: Double?
  package var high: Double?

  /// - Throws: `DetectorError.invalidOption` for bounds that are negative, not finite or the wrong way
  ///   round.
  package init(low: Double?, high: Double?) throws(DetectorError) {
    for case let bound? in [low, high] where !(bound >= 0 && bound.isFinite) {
      throw .invalidOption("scale range bound \(bound): must be finite and not negative")
    }
    if let low, let high, low > high {
      throw .invalidOption("scale range \(low)-\(high): the lower bound is the larger one")
    }
    self.low = low
    self.high = high
  }

  /// Whether an object of the box's size belongs to the range.
  ///
  /// - Parameter box: In source pixels.
  package func contains(_ box: Box, boundary: Boundary = .lowExclusive) -> Bool {
    let area =
      boundary == .lowExclusive ? box.area : max(box.width + 1, 0) * max(box.height + 1, 0)
    if let high, area > high * high { return false }
    guard let low else { return true }
    return boundary == .lowExclusive ? area > low * low : area >= low * low
  }
}

/// The scale at which a picture's shorter side has a wanted length, unless its longer one would then
/// exceed a limit.
package struct ScaleCap: Hashable, Sendable {
  /// In pixels; `nil` leaves the other to decide.
  package var shortSide: Int?
  package var longSide: Int?

  package init(shortSide: Int?, longSide: Int?) {
    self.shortSide = shortSide
    self.longSide = longSide
  }

  /// Level pixels per source pixel; 1 without any bound.
  package func scale(for size: Size) -> Double {
    let short = shortSide.map { Double($0) / Double(min(size.width, size.height)) }
    let long = longSide.map { Double($0) / Double(max(size.width, size.height)) }
    return [short, long].compactMap { $0 }.min() ?? 1
  }
}
