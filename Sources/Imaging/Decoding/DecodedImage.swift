package import Geometry

/// A picture read from a file, with what the file said about it.
package struct DecodedImage<Sample: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  /// The pixels, upright unless the decoder was told to leave the orientation alone.
  package var image: PixelBuffer<Sample>
  /// The picture's own size, upright as the image; larger than the image's after a reduction.
  package var sourceSize: Size
  /// How many pixels of the source, along each side, a pixel of the image stands for.
  package var reduction: Int
  /// The EXIF orientation stored in the file, 1...8; 1 when absent or invalid.
  package var orientation: Int
  package var sourceFormat: ImageFormat
  /// Part of the picture is made up, since the file ends early (`allowTruncated` only).
  package var isTruncated: Bool
  /// The decoding library's first warning, if any.
  package var warning: String?
  /// How many warnings there were.
  package var warningCount: Int
}
