package import Geometry
package import StrictJSON

/// Why a line is not one of the toolkit's own records.
package enum RecordError: Error, Hashable, Sendable, CustomStringConvertible {
  case missing(String)
  case schema(Int)

  package var description: String {
    switch self {
    case .missing(let member): "not a record: \(member) is missing or of another kind"
    case .schema(let version): "schema \(version); this program reads \(Record.schema)"
    }
  }
}

extension Record {
  /// The record that `json` wrote, without its times and stages.
  ///
  /// - Throws: `RecordError`.
  package init(json: JSONValue) throws(RecordError) {
    guard let schema = json["schema"]?.intValue else { throw .missing("schema") }
    guard schema == Record.schema else { throw .schema(schema) }
    guard let model = json["model"]?.stringValue else { throw .missing("model") }
    self.init(
      path: try Self.path(of: json), picture: try Self.picture(of: json), model: model,
      pyramid: json["pyramid"]?.stringValue ?? "single", outcome: .detections([]))
    if let error = json["error"], error != .null {
      guard let kind = error["kind"]?.stringValue.flatMap(Failure.Kind.init),
        let detail = error["detail"]?.stringValue
      else { throw .missing("error.kind or error.detail") }
      outcome = .failure(Failure(kind, detail))
      return
    }
    guard let entries = json["detections"]?.arrayValue else { throw .missing("detections") }
    var detections: [NamedDetection] = []
    for entry in entries { detections.append(try NamedDetection(json: entry)) }
    outcome = .detections(detections)
  }

  /// The path in bytes.
  package static func path(of json: JSONValue) throws(RecordError) -> [UInt8] {
    if let text = json["path_b64"]?.stringValue {
      guard let bytes = Base64.bytes(of: text) else { throw .missing("path_b64") }
      return bytes
    }
    guard let path = json["path"]?.stringValue else { throw .missing("path") }
    return Array(path.utf8)
  }

  private static func picture(of json: JSONValue) throws(RecordError) -> Picture? {
    guard let width = json["width"]?.intValue, let height = json["height"]?.intValue else {
      return nil
    }
    guard width > 0, height > 0 else { throw .missing("width and height above 0") }
    return Picture(
      sourceSize: Size(width: width, height: height),
      orientation: json["orientation"]?.intValue ?? 1,
      isTruncated: json["truncated"] == true)
  }
}

extension Record.NamedDetection {
  fileprivate init(json: JSONValue) throws(RecordError) {
    guard let classID = json["class_id"]?.intValue, (0...Int(Int32.max)).contains(classID) else {
      throw .missing("class_id")
    }
    guard let className = json["class_name"]?.stringValue else { throw .missing("class_name") }
    guard let score = json["score"]?.doubleValue else { throw .missing("score") }
    let edges = json["bbox"]?.arrayValue?.compactMap(\.doubleValue) ?? []
    guard edges.count == 4 else { throw .missing("bbox of four numbers") }
    self.init(
      Detection(
        box: Box(minX: edges[0], minY: edges[1], maxX: edges[2], maxY: edges[3]), score: score,
        classID: classID, landmarks: try Self.points(json["landmarks"], "landmarks"),
        polygon: try Self.points(json["polygon"], "polygon")),
      className: className)
  }

  private static func points(
    _ json: JSONValue?, _ name: String
  ) throws(RecordError) -> [Point] {
    guard let json else { return [] }
    guard let entries = json.arrayValue else { throw .missing(name) }
    var points: [Point] = []
    for entry in entries {
      let sides = entry.arrayValue?.compactMap(\.doubleValue) ?? []
      guard sides.count == 2 else { throw .missing(name) }
      points.append(Point(x: sides[0], y: sides[1]))
    }
    return points
  }
}
