import Imaging

/// Pictures, as the run reads them; seeded with PNG files.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  var decoder = ImageDecoder(maxPixels: 1 << 22)
  decoder.maxBytes = 64 << 20
  _ = try? decoder.header(bytes: bytes)
  _ = try? decoder.decode(bytes: bytes)
  return 0
}
