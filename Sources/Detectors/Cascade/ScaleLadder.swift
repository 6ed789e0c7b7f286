package import Geometry

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The scales at which a fixed-size detector looks at a picture: `12 / minFaceSize * factor^k` while
/// the shorter side, scaled, has at least 12 pixels (Zhang et al. 2016, arXiv:1604.02878).
///
/// Repeated multiplication in Double decides where the ladder ends, as in the published programs, but
/// where `(12 / f) * f` is just below 12 an `f`-pixel picture keeps its only level.
package struct ScaleLadder: Hashable, Sendable {
  /// The side in pixels of the square that the first network sees.
  package static let cellSide = 12.0

  /// Side in source pixels of the smallest face looked for.
  package let minFaceSize: Double
  /// The ratio of one scale to the one before.
  package let factor: Double

  /// - Throws: `DetectorError.invalidOption` unless `minFaceSize` is at least 1 and `factor` in
  ///   `0.1...0.99`.
  package init(minFaceSize: Double = 20, factor: Double = 0.709) throws(DetectorError) {
    guard minFaceSize >= 1, minFaceSize <= 1e6 else {
      throw .invalidOption("smallest face of \(minFaceSize) pixels: it must be in 1...1000000")
    }
    guard (0.1...0.99).contains(factor) else {
      throw .invalidOption("scale factor \(factor): it must be in 0.1...0.99")
    }
    self.minFaceSize = minFaceSize
    self.factor = factor
  }

  /// The scales for a picture, largest first; none when the shorter side is below `minFaceSize`.
  ///
  /// - Parameter stepwise: Whether each is the one before times `factor`, which may differ from the
  ///   power of `factor` in the last bit.
  package func scales(for size: Size, stepwise: Bool = false) -> [Double] {
    let first = Self.cellSide / minFaceSize
    var shortest = Double(min(size.width, size.height)) * first
    var scales: [Double] = []
    // The product of a division and its divisor may be a rounding short of the dividend.
    while shortest >= Self.cellSide * (1 - 1e-12) {
      if stepwise, let last = scales.last {
        scales.append(last * factor)
      } else {
        scales.append(first * pow(factor, Double(scales.count)))
      }
      shortest *= factor
    }
    return scales
  }

  /// The size of the picture at a scale.
  package static func levelSize(
    _ size: Size, scale: Double, rounding: CascadeConventions.LevelRounding
  ) -> Size {
    func side(_ side: Int) -> Int {
      let scaled = Double(side) * scale
      return max(1, Int(rounding == .up ? scaled.rounded(.up) : scaled + 1))
    }
    return Size(width: side(size.width), height: side(size.height))
  }
}
