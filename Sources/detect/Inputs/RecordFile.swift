internal import Files
internal import Interchange
internal import StrictJSON

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file of the toolkit's own records, read line by line.
final class RecordFile {
  /// Where a line is.
  struct Line {
    let offset: Int
    /// Without the line feed.
    let byteCount: Int
  }

  /// Longer lines are refused.
  private static let lineLimit = 256 << 20

  let path: InputPath
  private let number: Int32

  /// - Throws: Exit 65.
  init(_ path: InputPath) throws {
    self.path = path
    number = LongPath.open(path.bytes, flags: O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else {
      throw CommandFailure(.refused, "\(path.shown): \(lastSystemError().lowercased())")
    }
    guard FileStatus(descriptor: number)?.kind == .regular else {
      throw CommandFailure(.refused, "\(path.shown): not a regular file")
    }
  }

  deinit { close(number) }

  /// Calls `body` for every record in the order of the file.
  ///
  /// - Throws: Exit 65 for a line that is not a record, naming it.
  func visit(_ body: (Record, Line) throws -> Void) throws {
    var buffer: [UInt8] = []
    var offset = 0
    var end = 0
    var line = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = pread(number, &chunk, chunk.count, off_t(end))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure(line, lastSystemError().lowercased()) }
      if count == 0 { break }
      end += count
      buffer += chunk[..<count]
      var start = 0
      while let feed = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
        line += 1
        let record = try record(buffer[start..<feed], line)
        try body(record, Line(offset: offset, byteCount: feed - start))
        offset += feed + 1 - start
        start = feed + 1
      }
      buffer.removeFirst(start)
      guard buffer.count <= Self.lineLimit else {
        throw failure(line + 1, "longer than \(Self.lineLimit) bytes")
      }
    }
    guard buffer.isEmpty else { throw failure(line + 1, "the last line is torn") }
  }

  /// The bytes of a line.
  ///
  /// - Throws: Exit 65 when the file has changed.
  func bytes(_ line: Line) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: line.byteCount)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        pread(number, $0.baseAddress! + done, $0.count - done, off_t(line.offset + done))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw CommandFailure(.refused, "\(path.shown): changed while reading")
      }
      done += count
    }
    return bytes
  }

  private func record(_ bytes: ArraySlice<UInt8>, _ line: Int) throws -> Record {
    do {
      return try Record(json: JSONReader.parse(bytes))
    } catch {
      throw failure(line, "\(error)")
    }
  }

  private func failure(_ line: Int, _ reason: String) -> CommandFailure {
    CommandFailure(.refused, "\(path.shown): line \(line): \(reason)")
  }
}
