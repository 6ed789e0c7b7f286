package import Detectors
package import Geometry

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Scales `2^(octavesUp - i / levelsPerOctave)`, `i = 0, 1, …`, largest first.
///
/// The ladder ends where a side falls below `minimumSize` (Dollár et al. 2014, "Fast feature
/// pyramids for object detection") or, with `octaves`, that many octaves below its first scale,
/// whichever comes first. The last scale of a full octave is exactly half of its first.
package struct OctaveLadder: Hashable, Sendable {
  package static let defaultMinimumSize = Size(width: 16, height: 16)

  package let levelsPerOctave: Int
  /// Octaves above the picture's own size; enlarges it.
  package let octavesUp: Int
  /// Octaves below the first scale; `nil` for as many as the minimum size leaves.
  package let octaves: Int?
  package let minimumSize: Size

  /// - Parameters:
  ///   - levelsPerOctave: In `1...64`.
  ///   - octavesUp: In `0...4`.
  ///   - octaves: In `0...16`.
  ///   - minimumSize: Both sides at least 1 pixel.
  /// - Throws: `DetectorError.invalidOption` for values outside these.
  package init(
    levelsPerOctave: Int = 8, octavesUp: Int = 0, octaves: Int? = nil,
    minimumSize: Size = Self.defaultMinimumSize
  ) throws(DetectorError) {
    guard (1...64).contains(levelsPerOctave) else {
      throw .invalidOption("\(levelsPerOctave) levels per octave: must be in 1...64")
    }
    guard (0...4).contains(octavesUp) else {
      throw .invalidOption("\(octavesUp) octaves up: must be in 0...4")
    }
    if let octaves, !(0...16).contains(octaves) {
      throw .invalidOption("\(octaves) octaves: must be in 0...16")
    }
    guard minimumSize.width >= 1, minimumSize.height >= 1 else {
      throw .invalidOption("smallest level of \(minimumSize): must be at least 1x1")
    }
    self.levelsPerOctave = levelsPerOctave
    self.octavesUp = octavesUp
    self.octaves = octaves
    self.minimumSize = minimumSize
  }

  /// The scale of level `index`; exact powers of two at whole octaves.
  package func scale(_ index: Int) -> Double {
    let (octave, step) = index.quotientAndRemainder(dividingBy: levelsPerOctave)
    return exp2(-Double(step) / Double(levelsPerOctave)) * exp2(Double(octavesUp - octave))
  }

  /// The number of levels of a picture: `floor(levelsPerOctave * (octavesUp + log2(r)) + 1)` with
  /// `r` the smaller ratio of its sides to the minimum's, at most `octaves * levelsPerOctave + 1`.
  package func levelCount(for size: Size) -> Int {
    let ratio = min(
      Double(size.width) / Double(minimumSize.width),
      Double(size.height) / Double(minimumSize.height))
    guard ratio > 0, ratio.isFinite else { return 0 }
    let count = (Double(levelsPerOctave) * (Double(octavesUp) + log2(ratio)) + 1).rounded(.down)
    guard count >= 1 else { return 0 }
    return octaves.map { min(Int(count), $0 * levelsPerOctave + 1) } ?? Int(count)
  }

  /// The scales for a picture; none when it is too small for its first level.
  package func scales(for size: Size) -> [Double] {
    (0..<levelCount(for: size)).map(scale)
  }
}
