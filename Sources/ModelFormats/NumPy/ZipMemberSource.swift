internal import SystemZlib

/// The content of one archive member, inflated as it is read, with its length and checksum
/// verified at the end. Valid only while the archive's memory is.
struct ZipMemberSource: ByteSource {
  private let member: ZipArchive.Member
  private var stored: MemorySource?
  private var inflater: Inflater?
  private(set) var remaining: Int
  private var checksum: UInt

  init(_ member: ZipArchive.Member, in archive: UnsafeRawBufferPointer) throws {
    self.member = member
    let data = UnsafeRawBufferPointer(rebasing: archive[member.dataRange])
    switch member.method {
    case .stored: stored = MemorySource(data)
    case .deflated: inflater = try Inflater(data)
    }
    remaining = member.byteCount
    checksum = crc32(0, nil, 0)
  }

  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws {
    guard buffer.count <= remaining else {
      throw error("\(buffer.count) bytes needed, \(remaining) are left")
    }
    if let inflater {
      guard inflater.inflate(into: buffer) == buffer.count else {
        throw error(inflater.failure ?? "inflates to fewer bytes than declared")
      }
    } else {
      try stored?.read(into: buffer)
    }
    remaining -= buffer.count
    var start = 0
    while start < buffer.count {
      let count = min(buffer.count - start, 1 << 30)
      let base = buffer.baseAddress?.advanced(by: start).assumingMemoryBound(to: UInt8.self)
      checksum = crc32(checksum, base, UInt32(count))
      start += count
    }
  }

  mutating func finish() throws {
    guard remaining == 0 else { throw error("has \(remaining) bytes after the data") }
    if let inflater {
      var extra: UInt8 = 0
      let surplus = withUnsafeMutableBytes(of: &extra) { inflater.inflate(into: $0) }
      guard surplus == 0 else { throw error("inflates past its declared size") }
      guard inflater.isFinished else { throw error(inflater.failure ?? "is cut short") }
    }
    guard checksum == UInt(member.checksum) else { throw error("has a wrong checksum") }
  }

  private func error(_ what: String) -> ModelError {
    .malformed("archive member \(printable(member.name)): \(what)")
  }
}

/// A raw deflate stream (RFC 1951) in memory, decoded by zlib.
private final class Inflater {
  /// zlib keeps a pointer to it, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var rest: UnsafeRawBufferPointer
  private(set) var failure: String?
  private var hasEnded = false

  init(_ data: UnsafeRawBufferPointer) throws {
    rest = data
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let withoutHeader: Int32 = -15
    let status = inflateInit2_(
      stream, withoutHeader, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      stream.deallocate()
      throw ModelError.malformed("zlib cannot start: status \(status)")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The stream ended and no compressed byte is left over.
  var isFinished: Bool { hasEnded && stream.pointee.avail_in == 0 && rest.isEmpty }

  /// Fills `buffer` as far as the stream goes.
  ///
  /// - Returns: The number of bytes written.
  func inflate(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var written = 0
    while !hasEnded && failure == nil {
      if stream.pointee.avail_in == 0 { feed() }
      let room = min(buffer.count - written, 1 << 30)
      guard room > 0 else { break }
      stream.pointee.next_out = buffer.baseAddress?.advanced(by: written)
        .assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let status = SystemZlib.inflate(stream, Z_NO_FLUSH)
      written += room - Int(stream.pointee.avail_out)
      switch status {
      case Z_STREAM_END: hasEnded = true
      case Z_OK: break
      case Z_BUF_ERROR: failure = "is cut short"
      default: failure = "is not a deflate stream (\(message(status)))"
      }
    }
    return written
  }

  private func feed() {
    let count = min(rest.count, 1 << 30)
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: rest.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(count)
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
  }

  private func message(_ status: Int32) -> String {
    stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
  }
}
