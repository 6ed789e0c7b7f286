import ModelFormats

/// ONNX models.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  var limits = ModelReadingLimits()
  limits.maxTensorBytes = 64 << 20
  _ = try? ONNXReader.read(bytes, path: "/nonexistent/model.onnx", limits: limits)
  return 0
}
