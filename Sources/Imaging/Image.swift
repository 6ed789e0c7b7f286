package import Geometry

/// An upright picture: interleaved RGB samples, row-major, top row first, no row padding.
///
/// `Sample` is `UInt8` everywhere today; the decoder of 16-bit files can hand out `UInt16`.
package struct PixelBuffer<Sample: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  package let size: Size
  /// `[height][width][3]`, so `size.width * size.height * 3` samples in R, G, B order.
  package var samples: [Sample]

  /// - Precondition: `samples.count == size.width * size.height * 3`, both sides positive.
  package init(size: Size, samples: [Sample]) {
    precondition(size.width > 0 && size.height > 0, "an image has at least one pixel")
    precondition(
      samples.count == size.width * size.height * 3, "samples must be height x width x 3")
    self.size = size
    self.samples = samples
  }
}

/// Upright RGB8 pixels: what every detector sees.
package typealias Image = PixelBuffer<UInt8>
