import Interchange
import StrictJSON

/// COCO annotations.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let value = try? JSONReader.parse(bytes) else { return 0 }
  let identifiers = try? COCOIdentifiers(annotations: value) { $0 }
  _ = try? identifiers?.imageID(path: Array("a/b.jpg".utf8))
  return 0
}
