internal import CImageCodecs
internal import Files
package import Geometry

/// A JPEG file read a band of rows at a time: neither the file nor the picture is in memory as a
/// whole.
///
/// Only files of one scan whose EXIF orientation is upright can be read so; others need the whole
/// picture at once. Errors and limits are those of `ImageDecoder`.
///
/// `@unchecked Sendable`: one thread opens it and hands it on to the one that reads.
package final class JPEGBands: RowSource, @unchecked Sendable {
  package let size: Size
  /// Part of the picture is made up, since the file ends early.
  package private(set) var isTruncated = false
  package private(set) var warning: String?
  package private(set) var warningCount = 0
  private let file: OpenFile
  private let bands: OpaquePointer

  /// Why a file cannot be read in bands, though it may be read whole.
  package enum Obstacle: Hashable, Sendable, CustomStringConvertible {
    case notJPEG
    case severalScans
    case turned(orientation: Int)

    package var description: String {
      switch self {
      case .notJPEG: "not a JPEG"
      case .severalScans: "it has several scans (progressive)"
      case .turned(let orientation): "its EXIF orientation is \(orientation), not upright"
      }
    }
  }

  /// Opens a file and reads its header.
  ///
  /// - Parameters:
  ///   - pathBytes: As the file system has it.
  ///   - decoder: Limits and options. `maxBytes` bounds the decoder's own memory, not the file.
  /// - Returns: The bands, or why there are none.
  /// - Throws: `ImagingError`, where the file could not be read whole either.
  package static func open(
    pathBytes: [UInt8], decoder: ImageDecoder
  ) throws -> Result<JPEGBands, ObstacleFound> {
    let file: OpenFile
    do {
      file = try OpenFile(pathBytes: pathBytes)
    } catch let error as FileError {
      throw ImagingError.file(error)
    }
    var limits = decoder.codecLimits
    var info = cic_info()
    var report = cic_report()
    var bands: OpaquePointer?
    let status = cic_bands_open(
      file.descriptor, Int64(file.byteCount), &limits, &info, &bands, &report)
    guard status == CIC_OK, let bands else {
      guard info.format == CIC_FORMAT_JPEG else {
        if status == CIC_UNSUPPORTED { return .failure(ObstacleFound(.notJPEG)) }
        throw JPEGBands.error(status, report, file)
      }
      if status == CIC_UNSUPPORTED { return .failure(ObstacleFound(.severalScans)) }
      throw JPEGBands.error(status, report, file)
    }
    let (pixels, overflows) = Int(info.width).multipliedReportingOverflow(by: Int(info.height))
    guard !overflows, pixels <= decoder.maxPixels else {
      cic_bands_close(bands)
      throw ImagingError.tooManyPixels(
        count: overflows ? Int.max : pixels, limit: decoder.maxPixels)
    }
    if info.orientation > 1, decoder.applyOrientation {
      cic_bands_close(bands)
      return .failure(ObstacleFound(.turned(orientation: Int(info.orientation))))
    }
    return .success(
      JPEGBands(
        file: file, bands: bands, size: Size(width: Int(info.width), height: Int(info.height)),
        report))
  }

  /// An obstacle as an error, so that it fits a `Result`.
  package struct ObstacleFound: Error, Hashable, Sendable {
    package let obstacle: Obstacle

    init(_ obstacle: Obstacle) { self.obstacle = obstacle }
  }

  private init(file: OpenFile, bands: OpaquePointer, size: Size, _ report: cic_report) {
    self.file = file
    self.bands = bands
    self.size = size
    note(report)
  }

  deinit { cic_bands_close(bands) }

  package func read(into target: UnsafeMutableBufferPointer<UInt8>) throws {
    let rowLength = size.width * 3
    let count = target.count / rowLength
    precondition(target.count == count * rowLength, "whole rows")
    guard count > 0 else { return }
    var report = cic_report()
    let status = cic_bands_read(bands, target.baseAddress, UInt32(count), &report)
    note(report)
    guard status == CIC_OK else { throw Self.error(status, report, file) }
  }

  package func finish() throws {
    var report = cic_report()
    let status = cic_bands_finish(bands, &report)
    note(report)
    guard status == CIC_OK else { throw Self.error(status, report, file) }
    guard file.isUnchanged else { throw ImagingError.file(.changed(file.path)) }
  }

  private func note(_ report: cic_report) {
    isTruncated = report.truncated != 0
    warningCount = Int(report.warnings)
    warning = report.warnings > 0 ? text(of: report.warning) : nil
  }

  private static func error(
    _ status: cic_status, _ report: cic_report, _ file: OpenFile
  ) -> ImagingError {
    if status == CIC_IO {
      return .file(
        file.isUnchanged
          ? .io(file.path, system: text(of: report.message)) : .changed(file.path))
    }
    return ImagingError(status, .jpeg, report, byteCount: 0)
  }
}
