import Geometry
import Interchange
import StrictJSON

/// Labels of data sets in each of their formats, lists of class names, and results to be evaluated.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let size = Size(width: 640, height: 480)
  for isLenient in [false, true] {
    var leniency = Leniency(isLenient: isLenient)
    _ = try? COCODataSet.read(bytes, path: "x", leniency: &leniency)
    _ = try? VOCAnnotation(bytes, path: "x", leniency: &leniency)
    for hasScores in [false, true] {
      _ = try? YOLOLabels.read(
        bytes, path: "x", size: size, classCount: 80, hasScores: hasScores, leniency: &leniency)
    }
    _ = try? Predictions(bytes, path: "x", leniency: &leniency)
  }
  _ = try? YOLONames.list(bytes, path: "x")
  _ = try? YOLONames.yaml(bytes, path: "x")
  guard let value = try? JSONReader.parse(bytes) else { return 0 }
  let identifiers = try? COCOIdentifiers(annotations: value) { $0 }
  _ = try? identifiers?.imageID(path: Array("a/b.jpg".utf8))
  return 0
}
