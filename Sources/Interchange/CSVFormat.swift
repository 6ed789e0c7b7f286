internal import Geometry

/// A table with one row per detection (RFC 4180 quoting, lines end with a line feed).
///
/// A picture without detections has no row; a failed input has one row that only says why.
package struct CSVFormat: RecordFormat {
  private static let columns = [
    "path", "width", "height", "class_id", "class_name", "score", "x1", "y1", "x2", "y2", "error",
  ]

  package init() {}

  package func header() -> [UInt8] { Self.line(Self.columns) }

  package func bytes(for record: Record) throws(Failure) -> [UInt8] {
    let path = String(decoding: record.path, as: UTF8.self)
    let width = record.picture.map { String($0.sourceSize.width) } ?? ""
    let height = record.picture.map { String($0.sourceSize.height) } ?? ""
    if let failure = record.failure {
      let blanks = Array(repeating: "", count: 7)
      return Self.line(
        [path, width, height] + blanks + ["\(failure.kind.rawValue): \(failure.detail)"])
    }
    var bytes: [UInt8] = []
    for named in record.detections {
      let box = named.detection.box
      let edges = [box.minX, box.minY, box.maxX, box.maxY]
      guard named.detection.score.isFinite, box.isFinite else {
        throw Failure(.numeric, "non-finite detection")
      }
      bytes += Self.line(
        [path, width, height, String(named.detection.classID), named.className]
          + [Decimals.score(named.detection.score).description]
          + edges.map { Decimals.pixels($0).description } + [""])
    }
    return bytes
  }

  private static func line(_ fields: [String]) -> [UInt8] {
    Array((fields.map(quoted).joined(separator: ",") + "\n").utf8)
  }

  private static func quoted(_ field: String) -> String {
    let special: [Unicode.Scalar] = [",", "\"", "\n", "\r"]
    guard field.unicodeScalars.contains(where: special.contains) else { return field }
    var text = "\""
    for scalar in field.unicodeScalars {
      if scalar == "\"" { text.unicodeScalars.append(scalar) }
      text.unicodeScalars.append(scalar)
    }
    return text + "\""
  }
}
