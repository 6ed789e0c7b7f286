internal import Geometry
internal import StrictJSON

/// MegaDetector's batch output (lila.science/megadetector-output-format): `images`, each with `file`
/// and `detections` of `category`, `conf` (three decimals) and `bbox` (x, y, width, height as
/// fractions of the picture's sides, four decimals), then `detection_categories` and `info`.
///
/// Categories are the class numbers plus 1, as text. A failed input has `failure` and
/// `"detections": null`. `info` has no time of day: results of the same inputs are the same bytes.
package struct MegaDetectorFormat: RecordFormat {
  private let classNames: [String]
  private let model: String
  private var isFirst = true

  /// - Parameter classNames: In the order of their numbers.
  package init(classNames: [String], model: String) {
    self.classNames = classNames
    self.model = model
  }

  package func header() -> [UInt8] { Array("{\n \"images\": [".utf8) }

  package mutating func resume(recordCount: Int, hasContent: Bool) { isFirst = !hasContent }

  package mutating func bytes(for record: Record) throws(Failure) -> [UInt8] {
    var object = JSONObject()
    object["file"] = .string(String(decoding: record.path, as: UTF8.self))
    if let failure = record.failure {
      let isInference = [.numeric, .internal].contains(failure.kind)
      object["failure"] = .string(isInference ? "inference failure" : "image access failure")
      object["detections"] = .null
    } else {
      let size = record.picture?.sourceSize ?? Size(width: 1, height: 1)
      object["detections"] = .array(record.detections.map { Self.json($0, size) })
    }
    var bytes = Array((isFirst ? "\n  " : ",\n  ").utf8)
    do {
      try JSONWriter.append(.object(object), to: &bytes)
    } catch {
      throw Failure(.numeric, "\(error)")
    }
    isFirst = false
    return bytes
  }

  package func footer() -> [UInt8] {
    var categories = JSONObject()
    for (index, name) in classNames.enumerated() { categories["\(index + 1)"] = .string(name) }
    let info: JSONValue = ["detector": .string(model), "format_version": "1.5"]
    var bytes = Array("\n ],\n \"detection_categories\": ".utf8)
    // Names and numbers of classes can always be written.
    try? JSONWriter.append(.object(categories), to: &bytes)
    bytes += ",\n \"info\": ".utf8
    try? JSONWriter.append(info, to: &bytes)
    return bytes + Array("\n}\n".utf8)
  }

  private static func json(_ named: Record.NamedDetection, _ size: Size) -> JSONValue {
    let box = named.detection.box
    let (width, height) = (Double(size.width), Double(size.height))
    let sides = [box.minX / width, box.minY / height, box.width / width, box.height / height]
    return [
      "category": .string("\(named.detection.classID + 1)"),
      "conf": .number(Decimals.rounded(named.detection.score, 1000)),
      "bbox": .array(sides.map { .number(Decimals.rounded($0, 10_000)) }),
    ]
  }
}
