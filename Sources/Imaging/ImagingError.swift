package import Files

/// Why a picture could not be read or written.
package enum ImagingError: Error, Hashable, Sendable {
  /// The file could not be read.
  case file(FileError)
  /// The content is neither PNG nor JPEG.
  case unrecognized
  /// The file breaks its format's rules; `reason` is the decoding library's message.
  case invalid(ImageFormat, reason: String)
  /// The file, or its compressed data, ends before the picture is complete.
  case truncated(ImageFormat, reason: String)
  /// A legal file that is not supported.
  case unsupported(ImageFormat, reason: String)
  /// More pixels than allowed. Found before memory for them is asked for.
  case tooManyPixels(count: Int, limit: Int)
  /// More memory, scans or work than allowed; `reason` has both figures where they are known.
  case overLimit(ImageFormat, reason: String)
  /// The system refused memory.
  case outOfMemory(byteCount: Int)
  /// A picture could not be written in this format.
  case encoding(ImageFormat, reason: String)
}

extension ImagingError: CustomStringConvertible {
  /// The cause in a word, for records: `io`, `vanished`, `decode`, `limit`, `truncated` or
  /// `unsupported`.
  package var kind: String {
    switch self {
    case .file(.notFound): "vanished"
    case .file(.tooLarge), .tooManyPixels, .overLimit, .outOfMemory: "limit"
    case .file, .encoding: "io"
    case .unrecognized, .unsupported: "unsupported"
    case .invalid: "decode"
    case .truncated: "truncated"
    }
  }

  /// The cause without the path, which records keep in a field of its own.
  package var description: String {
    switch self {
    case .file(let error): error.detail
    case .unrecognized: "not a picture: the content is neither PNG nor JPEG"
    case .invalid(let format, let reason): "not a valid \(format.rawValue): \(reason)"
    case .truncated(let format, let reason): "truncated \(format.rawValue): \(reason)"
    case .unsupported(let format, let reason): "unsupported \(format.rawValue): \(reason)"
    case .tooManyPixels(let count, let limit): "\(count) pixels exceed the limit of \(limit)"
    case .overLimit(let format, let reason): "\(format.rawValue) over the limit: \(reason)"
    case .outOfMemory(let byteCount): "out of memory at \(byteCount) bytes"
    case .encoding(let format, let reason): "cannot write \(format.rawValue): \(reason)"
    }
  }
}
