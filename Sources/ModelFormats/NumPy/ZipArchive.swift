/// The directory of a zip archive (PKWARE APPNOTE 6.3.10), read strictly: one volume, no prefix, no
/// overlap, local and central headers in agreement, nothing encrypted. Nothing is ever written to
/// disk, so member names are names only and may be of any form.
struct ZipArchive {
  enum Method: UInt16 {
    case stored = 0
    case deflated = 8
  }

  struct Member {
    var name: String
    var method: Method
    var checksum: UInt32
    /// The compressed bytes within the archive.
    var dataRange: Swift.Range<Int>
    /// Declared; checked again while reading.
    var byteCount: Int
  }

  private(set) var members: [Member] = []

  static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: [0x50, 0x4b, 3, 4]) || bytes.starts(with: [0x50, 0x4b, 5, 6])
  }

  /// - Throws: `ModelError`.
  init(_ bytes: UnsafeRawBufferPointer, limits: NumPyLimits) throws {
    let directory = try ZipDirectoryEnd(bytes)
    guard directory.memberCount <= limits.memberLimit else {
      throw ModelError.limit(
        "number of archive members", value: directory.memberCount, allowed: limits.memberLimit)
    }
    var cursor = ByteCursor(bytes, range: directory.range)
    var names: Set<String> = []
    var inflatedTotal = 0
    var occupied: [Swift.Range<Int>] = []
    for _ in 0..<directory.memberCount {
      let entry = try ZipEntry(&cursor)
      let (member, headerStart) = try entry.locate(in: bytes, before: directory.range.lowerBound)
      guard names.insert(member.name).inserted else {
        throw ModelError.malformed("two archive members are named \(printable(member.name))")
      }
      if member.method == .deflated {
        inflatedTotal = min(inflatedTotal + min(member.byteCount, 1 << 60), 1 << 60)
        guard inflatedTotal <= limits.inflatedByteLimit else {
          throw ModelError.limit(
            "size that the archive inflates to at member \(printable(member.name))",
            value: inflatedTotal, allowed: limits.inflatedByteLimit)
        }
      }
      occupied.append(headerStart..<member.dataRange.upperBound)
      members.append(member)
    }
    guard cursor.isAtEnd else {
      throw ModelError.malformed("the archive's directory is longer than its members")
    }
    occupied.sort { $0.lowerBound < $1.lowerBound }
    for (first, second) in zip(occupied, occupied.dropFirst())
    where first.upperBound > second.lowerBound {
      throw ModelError.malformed("two archive members share the bytes at \(second.lowerBound)")
    }
  }
}

/// One entry of the central directory.
private struct ZipEntry {
  let nameBytes: [UInt8]
  let name: String
  let flags: UInt16
  let method: ZipArchive.Method
  let checksum: UInt32
  var compressedCount: Int
  var byteCount: Int
  var headerOffset: Int

  static let signature: UInt32 = 0x0201_4b50
  static let localSignature: UInt32 = 0x0403_4b50
  private static let sizesFollowFlag: UInt16 = 1 << 3
  /// Encrypted, strongly encrypted, masked headers.
  private static let encryptionFlags: UInt16 = 1 | 1 << 6 | 1 << 13
  private static let patchFlag: UInt16 = 1 << 5

  init(_ cursor: inout ByteCursor) throws {
    guard try cursor.uint32() == ZipEntry.signature else {
      throw ModelError.malformed("the archive's directory has fewer entries than it says")
    }
    try cursor.skip(4)  // versions
    flags = try cursor.uint16()
    let methodCode = try cursor.uint16()
    try cursor.skip(4)  // time, date
    checksum = try cursor.uint32()
    compressedCount = Int(try cursor.uint32())
    byteCount = Int(try cursor.uint32())
    let nameLength = Int(try cursor.uint16())
    let extraLength = Int(try cursor.uint16())
    let commentLength = Int(try cursor.uint16())
    let disk = try cursor.uint16()
    try cursor.skip(6)  // attributes
    headerOffset = Int(try cursor.uint32())
    nameBytes = try cursor.bytes(nameLength)
    name = try ZipEntry.name(from: nameBytes)
    var extra = try cursor.sub(extraLength)
    try cursor.skip(commentLength)
    guard flags & ZipEntry.encryptionFlags == 0 else {
      throw ModelError.malformed("archive member \(printable(name)) is encrypted")
    }
    guard let method = ZipArchive.Method(rawValue: methodCode), flags & ZipEntry.patchFlag == 0
    else {
      throw ModelError.malformed(
        "archive member \(printable(name)) uses compression method \(methodCode); "
          + "0 (stored) and 8 (deflate) are read")
    }
    self.method = method
    guard disk == 0 || disk == 0xffff else {
      throw ModelError.malformed("archive of several volumes")
    }
    try readZip64(&extra)
  }

  /// The 64-bit sizes stand, in this order, for exactly those fields that are all ones.
  private mutating func readZip64(_ extra: inout ByteCursor) throws {
    while extra.remaining >= 4 {
      let kind = try extra.uint16()
      var field = try extra.sub(Int(try extra.uint16()))
      guard kind == 1 else { continue }
      if byteCount == 0xffff_ffff { byteCount = try field.size() }
      if compressedCount == 0xffff_ffff { compressedCount = try field.size() }
      if headerOffset == 0xffff_ffff { headerOffset = try field.size() }
    }
  }

  private static func name(from bytes: [UInt8]) throws -> String {
    let name = String(decoding: bytes, as: UTF8.self)
    let hasControl = bytes.contains { $0 < 0x20 || $0 == 0x7f }
    guard !bytes.isEmpty, !hasControl, Array(name.utf8) == bytes else {
      throw ModelError.malformed("archive member name \(printable(name)) is not plain UTF-8")
    }
    return name
  }

  /// Checks the local header and finds the member's data.
  func locate(
    in bytes: UnsafeRawBufferPointer, before limit: Int
  ) throws -> (member: ZipArchive.Member, headerStart: Int) {
    guard headerOffset <= limit else { throw disagreement("lies outside the archive") }
    var cursor = ByteCursor(bytes, range: headerOffset..<limit)
    guard try cursor.uint32() == ZipEntry.localSignature else {
      throw disagreement("has no local header")
    }
    try cursor.skip(2)
    let localFlags = try cursor.uint16()
    let localMethod = try cursor.uint16()
    try cursor.skip(4)
    let localChecksum = try cursor.uint32()
    let localCompressedCount = Int(try cursor.uint32())
    let localByteCount = Int(try cursor.uint32())
    let nameLength = Int(try cursor.uint16())
    let extraLength = Int(try cursor.uint16())
    let localName = try cursor.bytes(nameLength)
    try cursor.skip(extraLength)
    guard localName == nameBytes, localMethod == method.rawValue,
      localFlags & ZipEntry.encryptionFlags == 0
    else { throw disagreement("has a local header that differs from the directory") }
    if localFlags & ZipEntry.sizesFollowFlag == 0 {
      guard localChecksum == checksum,
        localCompressedCount == compressedCount || localCompressedCount == 0xffff_ffff,
        localByteCount == byteCount || localByteCount == 0xffff_ffff
      else { throw disagreement("has local sizes or a checksum that differ from the directory") }
    }
    guard compressedCount <= cursor.remaining else {
      throw disagreement("has \(compressedCount) bytes, \(cursor.remaining) are left")
    }
    try checkPlausibleSize()
    let data = cursor.offset..<cursor.offset + compressedCount
    let member = ZipArchive.Member(
      name: name, method: method, checksum: checksum, dataRange: data, byteCount: byteCount)
    return (member, headerOffset)
  }

  /// Deflate never expands more than 1032 times, so greater promises are lies.
  private func checkPlausibleSize() throws {
    let limit =
      method == .stored ? compressedCount : min(compressedCount, 1 << 50) * 1032 + 1032
    guard byteCount <= limit, method == .deflated || byteCount == compressedCount else {
      throw disagreement("declares \(byteCount) bytes, but \(compressedCount) stored bytes")
    }
  }

  private func disagreement(_ what: String) -> ModelError {
    .malformed("archive member \(printable(name)) \(what)")
  }
}
