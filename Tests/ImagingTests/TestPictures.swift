import Geometry
import Imaging
import TestSupport

/// A picture of noise: the top byte of each step of the seeded generator, as the script that made
/// the fixtures does.
func noise(_ size: Size, seed: UInt32) -> Image {
  var state = seed
  let samples = (0..<size.width * size.height * 3).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(truncatingIfNeeded: state >> 24)
  }
  return Image(size: size, samples: samples)
}

extension PixelBuffer {
  /// The three samples at column `x`, row `y`.
  func pixel(_ x: Int, _ y: Int) -> [Sample] {
    let start = (y * size.width + x) * 3
    return Array(samples[start..<start + 3])
  }
}

/// A big-endian EXIF block with one entry.
func exifBlock(tag: UInt16 = 0x0112, type: UInt16 = 3, value: UInt16) -> [UInt8] {
  func bytes(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
  return [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1] + bytes(tag) + bytes(type) + [0, 0, 0, 1]
    + bytes(value) + [0, 0, 0, 0, 0, 0]
}

/// `jpeg` with an APP1 segment holding `exif` behind its first marker.
func withExif(_ jpeg: [UInt8], _ exif: [UInt8]) -> [UInt8] {
  let payload = Array("Exif".utf8) + [0, 0] + exif
  let length = payload.count + 2
  return Array(jpeg[..<2]) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + payload
    + Array(jpeg[2...])
}
