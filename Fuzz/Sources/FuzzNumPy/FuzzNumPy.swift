import ModelFormats

/// NumPy arrays and archives of them.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  _ = try? NumPyReader.read(bytes: bytes, name: "x")
  return 0
}
