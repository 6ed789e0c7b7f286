#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Which levels of a ladder are computed from the picture, and from which of them each other level
/// is approximated.
///
/// Every `approximatedCount + 1`-th level is real. The others take the nearest real level by
/// number, the larger one at the midpoint, and their channels are multiplied by
/// `(s / s_real)^(-lambda)` (Dollár et al. 2014, "Fast feature pyramids for object detection",
/// the power law of channel means).
package struct RealLevels: Hashable, Sendable {
  package let levelCount: Int
  /// Approximated levels between two real ones.
  package let approximatedCount: Int

  package init(levelCount: Int, approximatedCount: Int) {
    precondition(levelCount >= 0 && approximatedCount >= 0, "counts are not negative")
    self.levelCount = levelCount
    self.approximatedCount = approximatedCount
  }

  /// The numbers of the real levels, rising.
  package var real: [Int] { Array(stride(from: 0, to: levelCount, by: approximatedCount + 1)) }

  /// The real level that level `index` is made from; itself where it is real.
  package func source(of index: Int) -> Int {
    let period = approximatedCount + 1
    let before = index / period * period
    let after = before + period
    guard after < levelCount else { return before }
    return index <= (before + after) / 2 ? before : after
  }

  /// What the channels of a level of scale `scale` are multiplied by when resampled from one of
  /// scale `source`.
  package static func correction(scale: Double, source: Double, lambda: Double) -> Double {
    scale == source ? 1 : pow(scale / source, -lambda)
  }
}
