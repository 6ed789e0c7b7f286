/// Bytes that are read once from front to back: a stretch of memory or a member of an archive.
protocol ByteSource {
  /// Bytes not yet read, as far as the container declares them.
  var remaining: Int { get }

  /// Fills `buffer` with the next bytes.
  ///
  /// - Throws: `ModelError.malformed` when fewer are left.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws

  /// Checks, after everything was read, that nothing follows and that the content is whole.
  mutating func finish() throws
}

extension ByteSource {
  /// The next `count` bytes; `count` is checked against `remaining` before memory is allocated.
  mutating func bytes(_ count: Int, of what: String) throws -> [UInt8] {
    guard count <= remaining else {
      throw ModelError.malformed("\(what) needs \(count) bytes, \(remaining) are left")
    }
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { try read(into: $0) }
    return bytes
  }
}

/// A stretch of memory. Valid only while that memory is.
struct MemorySource: ByteSource {
  private var rest: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

  var remaining: Int { rest.count }

  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws {
    guard buffer.count <= rest.count else {
      throw ModelError.malformed("\(buffer.count) bytes needed, \(rest.count) are left")
    }
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(buffer.count)))
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(buffer.count))
  }

  mutating func finish() throws {
    guard rest.isEmpty else {
      throw ModelError.malformed("\(rest.count) bytes follow the data")
    }
  }
}
