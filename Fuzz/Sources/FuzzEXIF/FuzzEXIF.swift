import Imaging

/// The orientation in a picture's metadata: the bytes are the content of a JPEG's APP1 segment (EXIF
/// or XMP), and of each chunk of a PNG that can hold one.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard bytes.count < 65_000 else { return -1 }
  check(jpeg(bytes))
  check(png([chunk("eXIf", bytes)]))
  check(png([chunk("iTXt", Array("XML:com.adobe.xmp\0".utf8) + bytes)]))
  check(png([chunk("tEXt", Array("Raw profile type exif\0".utf8) + bytes)]))
  return 0
}

/// The files are whole, whatever the metadata is, so that it is always looked at.
private func check(_ bytes: [UInt8]) {
  do {
    let header = try ImageDecoder(maxPixels: 1 << 20).header(bytes: bytes)
    precondition(header.size.width == 1 && header.size.height == 1, "\(header.size)")
  } catch {
    preconditionFailure("\(error)")
  }
}

/// A grey JPEG of one pixel, up to its scan.
private func jpeg(_ content: [UInt8]) -> [UInt8] {
  let length = content.count + 2
  return [0xff, 0xd8, 0xff, 0xe1, UInt8(length >> 8), UInt8(length & 0xff)] + content
    + [0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0] + [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]
}

/// A grey PNG of one pixel, up to its data.
private func png(_ chunks: [[UInt8]]) -> [UInt8] {
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    + chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]) + chunks.joined() + chunk("IDAT", [])
}

private func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
  let typed = Array(type.utf8) + content
  return bigEndian(UInt32(content.count)) + typed + bigEndian(checkSum(typed))
}

private func bigEndian(_ value: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
}

/// CRC-32 as PNG has it.
private func checkSum(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~0) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
}

private let table: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1
  }
}
