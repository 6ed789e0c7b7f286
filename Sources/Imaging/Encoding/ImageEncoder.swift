internal import CImageCodecs
package import Geometry

/// Writes RGB8 pictures as PNG, JPEG or PPM files in memory.
package enum ImageEncoder {
  /// - Throws: `ImagingError.encoding` or `.outOfMemory`.
  package static func png(_ image: Image) throws -> [UInt8] {
    try encode(image, as: .png) { pixels, width, height, bytes, count, report in
      cic_encode_png(pixels, width, height, &bytes, &count, &report)
    }
  }

  /// Without chroma subsampling, so that thin coloured lines survive.
  ///
  /// - Parameter quality: 1...100 on libjpeg's scale; clamped.
  /// - Throws: `ImagingError.encoding` for sides over 65,500 pixels, or `.outOfMemory`.
  package static func jpeg(_ image: Image, quality: Int = 90) throws -> [UInt8] {
    try encode(image, as: .jpeg) { pixels, width, height, bytes, count, report in
      cic_encode_jpeg(
        pixels, width, height, Int32(min(max(quality, 1), 100)), &bytes, &count, &report)
    }
  }

  /// A binary PPM: `P6\nW H\n255\n` and the samples.
  package static func ppm(_ image: Image) -> [UInt8] { ppmHeader(image.size) + image.samples }

  /// What comes before the samples in a binary PPM. Writing the two one after the other spares a
  /// copy of a large picture.
  package static func ppmHeader(_ size: Size) -> [UInt8] {
    Array("P6\n\(size.width) \(size.height)\n255\n".utf8)
  }

  private typealias Encoder = (
    UnsafePointer<UInt8>, UInt32, UInt32, inout UnsafeMutablePointer<UInt8>?, inout Int,
    inout cic_report
  ) -> cic_status

  private static func encode(_ image: Image, as format: ImageFormat, _ encoder: Encoder) throws
    -> [UInt8]
  {
    guard let width = UInt32(exactly: image.size.width),
      let height = UInt32(exactly: image.size.height), max(width, height) <= 0x7FFF_FFFF
    else { throw ImagingError.encoding(format, reason: "\(image.size) pixels are too many") }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var report = cic_report()
    let status = image.samples.withUnsafeBufferPointer {
      encoder($0.baseAddress!, width, height, &bytes, &count, &report)
    }
    defer { cic_free(bytes) }
    guard status == CIC_OK, let bytes else {
      if status == CIC_NO_MEMORY {
        throw ImagingError.outOfMemory(byteCount: image.samples.count)
      }
      throw ImagingError.encoding(format, reason: text(of: report.message))
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  }
}
