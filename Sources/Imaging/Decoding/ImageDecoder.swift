internal import CImageCodecs
internal import Files
package import Geometry

/// Turns PNG and JPEG files into upright RGB pixels, within limits that no file can escape.
///
/// Alpha is dropped, palettes are expanded, 1-, 2- and 4-bit grey is scaled to 0...255, 16-bit
/// samples give their high byte; no gamma or colour profile is applied. JPEG: accurate integer
/// IDCT, smooth chroma upsampling, CMYK read as Adobe writes it (inverted).
package struct ImageDecoder: Sendable {
  /// 2^29 / 3: a picture of this many pixels takes half a gibibyte.
  package static let defaultMaxPixels = 178_956_970

  /// Pictures with more pixels are refused before memory for them is asked for.
  package var maxPixels: Int
  /// Whether a JPEG that ends early is taken, its missing part filled with grey.
  package var allowTruncated: Bool
  /// Whether EXIF orientations 2...8 are applied.
  package var applyOrientation: Bool
  /// A JPEG is decoded 2, 4 or 8 times smaller, by part of the work, where both sides of the upright
  /// picture then still are at least these; `nil` never does so. Other formats are decoded whole.
  package var draftSize: Size?
  /// Memory for the file, the pixels and the decoder's own work together: with the program around
  /// them, less than a gibibyte.
  package var maxBytes = 992 << 20
  /// The limit on all memory that `maxPixels` and `maxBytes` follow from, in words for messages;
  /// `nil` where they are limits of their own.
  package var memoryLimit: String?

  package init(
    maxPixels: Int = ImageDecoder.defaultMaxPixels, allowTruncated: Bool = false,
    applyOrientation: Bool = true
  ) {
    self.maxPixels = maxPixels
    self.allowTruncated = allowTruncated
    self.applyOrientation = applyOrientation
  }

  /// Reads and decodes a regular file.
  ///
  /// - Throws: `ImagingError`; files that cannot be read are `.file`.
  package func decode(path: String) throws -> DecodedImage<UInt8> {
    try decode(bytes: Self.read(path, byteLimit: maxBytes))
  }

  /// Decodes a file's content to 8-bit samples.
  ///
  /// - Throws: `ImagingError`. Nothing partial is returned.
  package func decode(bytes: [UInt8]) throws -> DecodedImage<UInt8> {
    try decode(bytes: bytes, as: UInt8.self)
  }

  /// Decodes a file's content to 16-bit samples: PNG samples of 16 bits in full, all others times
  /// 257.
  package func decode16(bytes: [UInt8]) throws -> DecodedImage<UInt16> {
    try decode(bytes: bytes, as: UInt16.self)
  }

  private static func read(_ path: String, byteLimit: Int) throws -> [UInt8] {
    do {
      return try RegularFile.read(path, byteLimit: byteLimit)
    } catch let error as FileError {
      throw ImagingError.file(error)
    }
  }

  private func decode<Sample>(bytes: [UInt8], as: Sample.Type) throws -> DecodedImage<Sample>
  where Sample: FixedWidthInteger & UnsignedInteger & Sendable {
    var limits = codecLimits
    var info = cic_info()
    var report = cic_report()
    var status = bytes.withUnsafeBufferPointer {
      cic_probe($0.baseAddress, $0.count, &limits, &info, &report)
    }
    guard let format = ImageFormat(info.format) else { throw ImagingError.unrecognized }
    guard status == CIC_OK else { throw ImagingError(status, format, report, byteCount: 0) }

    let stored = Size(width: Int(info.width), height: Int(info.height))
    let (area, overflows) = stored.width.multipliedReportingOverflow(by: stored.height)
    guard !overflows && area <= maxPixels else {
      throw ImagingError.tooManyPixels(count: overflows ? Int.max : area, limit: maxPixels)
    }
    let orientation = info.orientation == 0 ? 1 : Int(info.orientation)
    let applied = applyOrientation ? orientation : 1
    let upright =
      applied >= 5 ? Size(width: stored.height, height: stored.width) : stored
    let reduction = format == .jpeg ? self.reduction(of: upright) : 1
    info.reduction = Int32(clamping: reduction)
    let width = (stored.width + reduction - 1) / reduction
    let height = (stored.height + reduction - 1) / reduction
    let pixels = width * height
    let sampleBytes = MemoryLayout<Sample>.size
    let byteCount = pixels.multipliedReportingOverflow(by: 3 * sampleBytes)
    guard !byteCount.overflow && byteCount.partialValue <= maxBytes - bytes.count else {
      throw ImagingError.overLimit(
        format,
        reason: "\(pixels) pixels need more memory than the limit of \(maxBytes) bytes"
          + (memoryLimit.map { ", of \($0)" } ?? ""))
    }
    guard cic_memory_available(byteCount.partialValue) != 0 else {
      throw ImagingError.outOfMemory(byteCount: byteCount.partialValue)
    }

    let samples = [Sample](unsafeUninitializedCapacity: pixels * 3) { samples, count in
      status = bytes.withUnsafeBufferPointer {
        cic_decode(
          $0.baseAddress, $0.count, &limits, &info, Int32(applied), Int32(sampleBytes),
          samples.baseAddress, pixels * 3 * sampleBytes, &report)
      }
      // Every sample is written when the picture is complete, and only then do they count.
      count = status == CIC_OK ? pixels * 3 : 0
    }
    guard status == CIC_OK else {
      throw ImagingError(status, format, report, byteCount: byteCount.partialValue)
    }
    let size =
      applied >= 5 ? Size(width: height, height: width) : Size(width: width, height: height)
    return DecodedImage(
      image: PixelBuffer(size: size, samples: samples),
      sourceSize: upright, reduction: reduction, orientation: orientation,
      sourceFormat: format, isTruncated: report.truncated != 0,
      warning: report.warnings > 0 ? text(of: report.warning) : nil,
      warningCount: Int(report.warnings))
  }

  func reduction(of size: Size) -> Int {
    guard let draftSize else { return 1 }
    return [8, 4, 2].first {
      size.width / $0 >= max(draftSize.width, 1) && size.height / $0 >= max(draftSize.height, 1)
    } ?? 1
  }

  var codecLimits: cic_limits {
    // 100 scans and warnings are far above any real file (10 and 1); 2^31 pixel visits are twelve
    // scans of the largest picture.
    cic_limits(
      max_bytes: Int64(maxBytes), max_scan_pixels: 1 << 31, max_scans: 100, max_warnings: 100,
      allow_truncated: allowTruncated ? 1 : 0)
  }
}

extension ImageFormat {
  init?(_ format: cic_format) {
    switch format {
    case CIC_FORMAT_PNG: self = .png
    case CIC_FORMAT_JPEG: self = .jpeg
    default: return nil
    }
  }
}

extension ImagingError {
  init(_ status: cic_status, _ format: ImageFormat, _ report: cic_report, byteCount: Int) {
    let reason = plainReason(text(of: report.message))
    switch status {
    case CIC_TRUNCATED: self = .truncated(format, reason: reason)
    case CIC_LIMIT: self = .overLimit(format, reason: reason)
    case CIC_UNSUPPORTED: self = .unsupported(format, reason: reason)
    case CIC_NO_MEMORY: self = .outOfMemory(byteCount: byteCount)
    default: self = .invalid(format, reason: reason)
    }
  }
}

/// libpng's `IDAT: CRC error` as `IDAT CRC error`: the sentence around it has a colon already.
private func plainReason(_ message: String) -> String {
  var bytes = Array(message.utf8)
  guard bytes.count > 6, bytes[4] == UInt8(ascii: ":"), bytes[5] == UInt8(ascii: " ") else {
    return message
  }
  bytes.remove(at: 4)
  return String(decoding: bytes, as: UTF8.self)
}

/// A C string of fixed capacity as text; anything outside printable ASCII becomes `?`.
func text<Bytes>(of field: Bytes) -> String {
  withUnsafeBytes(of: field) { bytes in
    let characters = bytes.prefix { $0 != 0 }.map { (32...126).contains($0) ? $0 : 63 }
    return String(decoding: characters, as: UTF8.self)
  }
}
