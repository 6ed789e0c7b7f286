import Imaging

/// Pictures, as the run reads them; seeded with PNG files. Each once as it is and once with its
/// chunks' check sums made right, so that the fuzzer gets past them.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  var decoder = ImageDecoder(maxPixels: 1 << 20)
  decoder.maxBytes = 64 << 20
  _ = try? decoder.header(bytes: bytes)
  _ = try? decoder.decode(bytes: bytes)
  let mended = withCheckSums(bytes)
  guard mended != bytes else { return 0 }
  _ = try? decoder.decode(bytes: mended)
  _ = try? decoder.decode16(bytes: mended)
  return 0
}

/// The file with the CRC of each whole chunk made right.
private func withCheckSums(_ bytes: [UInt8]) -> [UInt8] {
  var mended = bytes
  // Length, type, data, CRC.
  var start = 8
  while start + 12 <= bytes.count {
    let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - start - 12 else { break }
    let end = start + 8 + length
    let sum = checkSum(bytes[start + 4..<end])
    for index in 0..<4 { mended[end + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index)) }
    start = end + 4
  }
  return mended
}

/// CRC-32 as PNG has it.
private func checkSum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
}

private let table: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1
  }
}
