import Detectors
import StrictJSON

/// Model manifests, and the JSON beneath: what is read and written is read the same.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let value = try? JSONReader.parse(bytes) else { return 0 }
  if let written = try? JSONWriter.bytes(of: value) {
    precondition((try? JSONReader.parse(written)) == value)
  }
  _ = try? ModelManifest.parse(bytes, path: "x.json")
  return 0
}
