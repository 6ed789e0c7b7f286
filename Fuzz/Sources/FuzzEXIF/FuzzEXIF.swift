import Imaging

/// An EXIF segment in front of a small JPEG: the bytes are its content.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard bytes.count < 65_000 else { return -1 }
  let length = bytes.count + 2
  let segment: [UInt8] = [0xff, 0xd8, 0xff, 0xe1, UInt8(length >> 8), UInt8(length & 0xff)]
  let end: [UInt8] = [0xff, 0xd9]
  _ = try? ImageDecoder(maxPixels: 1 << 20).header(bytes: segment + bytes + end)
  return 0
}
