/// Where a zip archive's central directory lies and how many entries it has.
struct ZipDirectoryEnd {
  var range: Swift.Range<Int>
  var memberCount: Int

  private static let signature: UInt32 = 0x0605_4b50
  private static let locatorSignature: UInt32 = 0x0706_4b50
  private static let zip64Signature: UInt32 = 0x0606_4b50
  private static let byteCount = 22
  private static let locatorByteCount = 20
  private static let commentLimit = 0xffff

  /// Searches from the end for the record whose comment reaches exactly to the end.
  ///
  /// - Throws: `ModelError.malformed`.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    let last = bytes.count - ZipDirectoryEnd.byteCount
    guard last >= 0 else { throw ModelError.malformed("too short for a zip archive") }
    let first = max(0, last - ZipDirectoryEnd.commentLimit)
    for start in (first...last).reversed() where bytes[start] == 0x50 {
      var cursor = ByteCursor(bytes, range: start..<bytes.count)
      guard try cursor.uint32() == ZipDirectoryEnd.signature else { continue }
      let disks = (try cursor.uint16(), try cursor.uint16())
      let counts = (try cursor.uint16(), try cursor.uint16())
      let size = try cursor.uint32()
      let offset = try cursor.uint32()
      guard Int(try cursor.uint16()) == cursor.remaining else { continue }
      if let zip64 = try ZipDirectoryEnd(zip64In: bytes, before: start) {
        self = zip64
        return
      }
      guard disks == (0, 0), counts.0 == counts.1 else {
        throw ModelError.malformed("archive of several volumes")
      }
      try self.init(
        offset: Int(offset), size: Int(size), memberCount: Int(counts.0), end: start)
      return
    }
    throw ModelError.malformed("the zip archive's directory is missing: the file is cut short")
  }

  private init(offset: Int, size: Int, memberCount: Int, end: Int) throws {
    let (upperBound, overflow) = offset.addingReportingOverflow(size)
    guard !overflow, upperBound == end else {
      throw ModelError.malformed("the zip archive's directory does not lie where it should")
    }
    range = offset..<upperBound
    self.memberCount = memberCount
  }

  /// The 64-bit record, when a locator for it stands right before the ordinary one.
  private init?(zip64In bytes: UnsafeRawBufferPointer, before end: Int) throws {
    let locatorStart = end - ZipDirectoryEnd.locatorByteCount
    guard locatorStart >= 0 else { return nil }
    var locator = ByteCursor(bytes, range: locatorStart..<end)
    guard try locator.uint32() == ZipDirectoryEnd.locatorSignature else { return nil }
    try locator.skip(4)
    let start = try locator.size()
    guard start <= locatorStart else {
      throw ModelError.malformed("the zip64 record does not lie where it should")
    }
    var cursor = ByteCursor(bytes, range: start..<locatorStart)
    guard try cursor.uint32() == ZipDirectoryEnd.zip64Signature else {
      throw ModelError.malformed("the zip64 record does not lie where it should")
    }
    try cursor.skip(8 + 4)  // size of the record, versions
    let disks = (try cursor.uint32(), try cursor.uint32())
    let counts = (try cursor.size(), try cursor.size())
    let size = try cursor.size()
    let offset = try cursor.size()
    guard disks == (0, 0), counts.0 == counts.1 else {
      throw ModelError.malformed("archive of several volumes")
    }
    try self.init(offset: offset, size: size, memberCount: counts.0, end: start)
  }
}

/// Little-endian numbers read in order from a part of the file, never beyond it.
struct ByteCursor {
  private let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int
  private let end: Int

  /// - Precondition: `range` lies within `bytes`.
  init(_ bytes: UnsafeRawBufferPointer, range: Swift.Range<Int>) {
    self.bytes = UnsafeRawBufferPointer(rebasing: bytes[0..<range.upperBound])
    offset = range.lowerBound
    end = range.upperBound
  }

  var remaining: Int { end - offset }
  var isAtEnd: Bool { offset == end }

  private mutating func take(_ count: Int) throws -> Int {
    guard count <= remaining else {
      throw ModelError.malformed("the zip archive is cut short at byte \(end)")
    }
    defer { offset += count }
    return offset
  }

  mutating func skip(_ count: Int) throws { _ = try take(count) }

  mutating func uint16() throws -> UInt16 {
    UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: try take(2), as: UInt16.self))
  }

  mutating func uint32() throws -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: try take(4), as: UInt32.self))
  }

  /// A 64-bit size or offset.
  mutating func size() throws -> Int {
    let value = UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: try take(8), as: UInt64.self))
    guard let size = Int(exactly: value) else {
      throw ModelError.malformed("the zip archive has a size of \(value) bytes")
    }
    return size
  }

  mutating func bytes(_ count: Int) throws -> [UInt8] {
    let start = try take(count)
    return Array(bytes[start..<start + count])
  }

  mutating func sub(_ count: Int) throws -> ByteCursor {
    let start = try take(count)
    return ByteCursor(bytes, range: start..<start + count)
  }
}
