import ModelFormats

/// ONNX models, with the shapes of all their values.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  var limits = ModelReadingLimits()
  limits.maxTensorBytes = 64 << 20
  guard let model = try? ONNXReader.read(bytes, path: "/nonexistent/model.onnx", limits: limits)
  else { return 0 }
  try? model.validate()
  return 0
}
