internal import CImageCodecs
internal import Files
package import Geometry

/// What a picture's header says.
package struct ImageHeader: Hashable, Sendable {
  /// Upright where the decoder applies the orientation.
  package var size: Size
  package var format: ImageFormat
  /// Bytes that decoding takes beside the file and the pixels, where they grow with the picture.
  package var workByteCount: Int

  /// Pixels of the picture; `Int.max` where that is beyond counting.
  package var pixelCount: Int {
    let (area, overflows) = size.width.multipliedReportingOverflow(by: size.height)
    return overflows ? Int.max : area
  }
}

extension ImageDecoder {
  /// Bytes at a file's start that hold nearly every picture's header.
  private static let headerByteCount = 64 << 10

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
      format: format, workByteCount: Int(info.work_bytes))
  }

  /// Reads the header of a file and no more of the file than that takes.
  ///
  /// An orientation that stands behind a PNG's pixels is not seen.
  ///
  /// - Returns: The header, and the file's size in bytes.
  /// - Throws: `ImagingError`, `FileError`.
  package func header(pathBytes: [UInt8]) throws -> (header: ImageHeader, fileByteCount: Int) {
    let (bytes, size) = try RegularFile.prefix(
      pathBytes: pathBytes, byteCount: Self.headerByteCount)
    do {
      return (try header(bytes: bytes), size)
    } catch let error as ImagingError {
      guard size > bytes.count, size <= maxBytes, error != .unrecognized else { throw error }
      let whole = try RegularFile.read(pathBytes: pathBytes, byteLimit: maxBytes)
      return (try header(bytes: whole), size)
    }
  }

  /// Bytes that a picture takes while it is decoded to 8-bit samples: file, pixels and the decoder's
  /// work; those of the file alone where the limit on pixels refuses it.
  package func byteCount(decoding header: ImageHeader, fileByteCount: Int) -> Int {
    fileByteCount + (heldByteCount(header) > 0 ? header.workByteCount : 0) + heldByteCount(header)
  }

  /// Bytes of the decoded pixels; 0 where the limit on pixels refuses the picture.
  package func heldByteCount(_ header: ImageHeader) -> Int {
    guard header.pixelCount <= maxPixels else { return 0 }
    let reduction = header.format == .jpeg ? self.reduction(of: header.size) : 1
    return 3 * ((header.size.width + reduction - 1) / reduction)
      * ((header.size.height + reduction - 1) / reduction)
  }
}

/// How the program's memory goes back to the system.
package enum FreedMemory {
  /// Lets buffers of pictures and files go back to the system whenever they are freed, so that what
  /// a program takes depends on what it holds, not on what it held.
  ///
  /// - Parameter byteCount: Of the least block that goes back at once.
  package static func returnsBlocks(ofAtLeast byteCount: Int) {
    _ = cic_return_large_blocks(byteCount)
  }
}
