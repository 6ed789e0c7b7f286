internal import CImageCodecs
package import Geometry

/// What a picture's header says.
package struct ImageHeader: Hashable, Sendable {
  /// Upright where the decoder applies the orientation.
  package var size: Size
  package var format: ImageFormat
}

extension ImageDecoder {
  /// Reads the header of a file's content; no pixel is decoded and no limit on pixels applies.
  ///
  /// - Throws: `ImagingError`.
  package func header(bytes: [UInt8]) throws -> ImageHeader {
    var limits = codecLimits
    var info = cic_info()
    var report = cic_report()
    let status = bytes.withUnsafeBufferPointer {
      cic_probe($0.baseAddress, $0.count, &limits, &info, &report)
    }
    guard let format = ImageFormat(info.format) else { throw ImagingError.unrecognized }
    guard status == CIC_OK else { throw ImagingError(status, format, report, byteCount: 0) }
    let isTurned = applyOrientation && info.orientation >= 5
    let (width, height) = (Int(info.width), Int(info.height))
    return ImageHeader(
      size: isTurned ? Size(width: height, height: width) : Size(width: width, height: height),
      format: format)
  }
}
