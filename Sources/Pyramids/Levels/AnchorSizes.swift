#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The sides of the reference boxes that detectors with anchors lay on each level.
package enum AnchorSizes {
  /// Per level `base * 2^l`, times `2^(i / steps)`: RetinaNet's nine sizes per place are three per
  /// level (Lin et al. 2017, arXiv:1708.02002).
  ///
  /// - Returns: In input pixels, level by level.
  package static func octaves(
    base: Double = 32, levelCount: Int = 5, steps: Int = 3
  ) -> [Double] {
    (0..<levelCount).flatMap { level in
      (0..<steps).map { base * exp2(Double(level)) * exp2(Double($0) / Double(steps)) }
    }
  }

  /// One square of 4 strides per cell, so that every size has the same density (S3FD, Zhang et al.
  /// 2017, arXiv:1708.05237).
  package static func equalDensity(strides: [Int]) -> [Int] { strides.map { 4 * $0 } }
}
