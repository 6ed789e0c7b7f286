package import Detectors
package import Geometry

/// An octave ladder whose levels are whole multiples of a stride in both axes, with as little
/// distortion as the nominal scales leave room for.
///
/// Each scale moves, within a quarter of `stride` pixels of the shorter side, to the one of 100
/// candidates for which the larger rounding error of the two sides is least; levels that then
/// coincide are kept once (Dollár et al. 2014, "Fast feature pyramids for object detection").
package struct AlignedLadder: Hashable, Sendable {
  /// One level: its nominal scale, its size in pixels and the ratios actually used.
  package struct Level: Hashable, Sendable {
    package var scale: Double
    package var size: Size
    /// Level pixels per source pixel; boxes go back by these, never by `scale`.
    package var scaleX: Double
    package var scaleY: Double
  }

  package let octaves: OctaveLadder
  /// Pixels; the levels' sides are multiples of it.
  package let stride: Int

  /// - Parameter stride: In `1...1024`.
  /// - Throws: `DetectorError.invalidOption`.
  package init(octaves: OctaveLadder, stride: Int) throws(DetectorError) {
    guard (1...1024).contains(stride) else {
      throw .invalidOption("stride \(stride): must be in 1...1024")
    }
    self.octaves = octaves
    self.stride = stride
  }

  /// The levels of a picture, largest first.
  package func levels(for size: Size) -> [Level] {
    let nudged = octaves.scales(for: size).map { self.nudged($0, size) }
    var kept: [Double] = []
    for (index, scale) in nudged.enumerated()
    where index + 1 == nudged.count || nudged[index + 1] != scale {
      kept.append(scale)
    }
    return kept.map { scale in
      let width = multiple(Double(size.width) * scale)
      let height = multiple(Double(size.height) * scale)
      return Level(
        scale: scale, size: Size(width: Int(width), height: Int(height)),
        scaleX: width / Double(size.width), scaleY: height / Double(size.height))
    }
  }

  private func nudged(_ scale: Double, _ size: Size) -> Double {
    let shorter = Double(min(size.width, size.height))
    let longer = Double(max(size.width, size.height))
    let target = multiple(shorter * scale)
    let low = (target - 0.25 * Double(stride)) / shorter
    let high = (target + 0.25 * Double(stride)) / shorter
    var best = (error: Double.infinity, scale: scale)
    for candidate in 0..<100 {
      let scale = Double(candidate) * 0.01 * (high - low) + low
      let error = max(roundingError(shorter * scale), roundingError(longer * scale))
      if error < best.error { best = (error, scale) }
    }
    return best.scale
  }

  private func roundingError(_ length: Double) -> Double { abs(length - multiple(length)) }

  /// The nearest multiple of the stride, halves away from zero.
  private func multiple(_ length: Double) -> Double {
    (length / Double(stride)).rounded() * Double(stride)
  }
}
