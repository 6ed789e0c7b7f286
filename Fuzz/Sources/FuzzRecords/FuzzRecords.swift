import Interchange
import StrictJSON

/// Records: what is read can be written in every format.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let value = try? JSONReader.parse(bytes), let record = try? Record(json: value) else {
    return 0
  }
  _ = try? JSONFormat().bytes(for: record)
  _ = try? CSVFormat().bytes(for: record)
  _ = try? UltralyticsFormat.bytes(for: record)
  _ = PascalVOCFormat.bytes(for: record)
  _ = YOLOTextFormat.bytes(for: record)
  var darknet = DarknetJSONFormat()
  _ = try? darknet.bytes(for: record)
  var wildlife = MegaDetectorFormat(classNames: [], model: "m")
  _ = try? wildlife.bytes(for: record)
  return 0
}
