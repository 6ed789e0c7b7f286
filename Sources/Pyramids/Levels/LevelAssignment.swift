package import Geometry

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Which level of a feature pyramid an object belongs to by its area (FPN, Lin et al. 2017,
/// arXiv:1612.03144, equation 1).
///
///     level = clamp(floor(canonicalLevel + log2(sqrt(w * h) / canonicalSide + 1e-8)))
package struct LevelAssignment: Hashable, Sendable {
  package var canonicalLevel: Int
  /// The side in pixels of a square object on the canonical level.
  package var canonicalSide: Double
  package var levels: ClosedRange<Int>
  /// Keeps the logarithm of an empty box finite.
  static let epsilon = 1e-8

  package init(
    canonicalLevel: Int = 4, canonicalSide: Double = 224, levels: ClosedRange<Int> = 2...5
  ) {
    precondition(canonicalSide > 0, "a side is positive")
    self.canonicalLevel = canonicalLevel
    self.canonicalSide = canonicalSide
    self.levels = levels
  }

  /// The level of a box, by its size in network-input pixels.
  package func level(of box: Box) -> Int {
    let level = Double(canonicalLevel) + log2(box.area.squareRoot() / canonicalSide + Self.epsilon)
    guard level.isFinite else { return levels.upperBound }
    return Int(min(max(level.rounded(.down), Double(levels.lowerBound)), Double(levels.upperBound)))
  }
}

/// Which level of a feature pyramid an object belongs to by the largest distance from a location to
/// its sides (FCOS, Tian et al. 2019, arXiv:1904.01355).
package struct RegressionRanges: Hashable, Sendable {
  /// The largest distance of each level but the last, rising, in input pixels.
  package var limits: [Double]

  package init(limits: [Double] = [64, 128, 256, 512]) { self.limits = limits }

  /// The index of the level, 0 the finest, whose range `(previous limit, limit]` holds the distance.
  ///
  /// - Parameter distances: Left, top, right, bottom of the location, none negative inside the box.
  package func level(distances: [Double]) -> Int {
    let largest = distances.max() ?? 0
    return limits.firstIndex { largest <= $0 } ?? limits.count
  }
}
