package import Geometry

/// What an exporter wrote into a model file about the detector in it.
package struct ModelMetadata: Hashable, Sendable {
  package var classNames: [String]?
  package var inputSize: Size?
  /// Whether YOLOv5's exporter or a later Ultralytics program wrote it.
  package var isUltralytics = false
  /// Whether it names Ultralytics as its author, as the later program does.
  package var isUltralyticsProgram = false
  /// Whether the network suppresses duplicates itself.
  package var isEndToEnd = false

  package init() {}

  /// Reads key–value pairs: Ultralytics' `names`, `imgsz`, `task`, `end2end`, `author`, and
  /// PaddlePaddle's `character` (one name per line).
  ///
  /// - Throws: `DetectorError.unsupportedTask` when the model is not a detector,
  ///   `.invalidMetadata` for values that cannot be read.
  package init(_ pairs: [String: String]) throws(DetectorError) {
    if let task = pairs["task"], task != "detect" { throw .unsupportedTask(task) }
    isUltralyticsProgram = pairs["author"] == "Ultralytics"
    isUltralytics = isUltralyticsProgram || (pairs["names"] != nil && pairs["stride"] != nil)
    isEndToEnd = pairs["end2end"] == "True"
    if let names = pairs["names"] {
      classNames = try PythonLiteral.names(names)
    } else if let lines = pairs["character"] {
      let names = lines.split(separator: "\n").map(String.init)
      if !names.isEmpty { classNames = names }
    }
    if let size = pairs["imgsz"] {
      // Height first, as Ultralytics writes it.
      let sides = try PythonLiteral.integers(size, key: "imgsz")
      guard let height = sides.first, let width = sides.last, sides.count <= 2, height > 0,
        width > 0
      else { throw .invalidMetadata(key: "imgsz", "not one or two positive numbers") }
      inputSize = Size(width: width, height: height)
    }
  }
}
