internal import Geometry
internal import StrictJSON

extension Predictions {
  /// `[{"image_id", "category_id", "bbox": [x, y, width, height], "score"}]`.
  mutating func readCOCO(
    _ bytes: [UInt8], path: String, leniency: inout Leniency
  ) throws(AnnotationError) {
    let document: JSONValue
    do {
      document = try JSONReader.parse(bytes)
    } catch {
      throw AnnotationError(path: path, line: error.line, "\(error)")
    }
    for (index, element) in (document.arrayValue ?? []).enumerated() {
      let problem: String
      if let image = DataSet.Identifier(element["image_id"]) {
        if let category = DataSet.Identifier(element["category_id"]) {
          if let box = OriginSizeBox(coco: element["bbox"]) {
            if let score = element["score"]?.doubleValue {
              append([
                Prediction(
                  picture: .identifier(image), category: .identifier(category), box: box,
                  score: score)
              ])
              continue
            }
            problem = "score is not a number"
          } else {
            problem = "bbox is not [x, y, width, height] with sides of at least 0"
          }
        } else {
          problem = "category_id is not a whole number or a string"
        }
      } else {
        problem = "image_id is not a whole number or a string"
      }
      let line = JSONElementLines.line(of: index, in: nil, bytes: bytes)
      try leniency.refuse(AnnotationError(path: path, line: line, "[\(index)]: \(problem)"))
    }
  }

  /// Records as `JSONFormat` writes them, one a line.
  mutating func readRecords(
    _ bytes: [UInt8], path: String, leniency: inout Leniency
  ) throws(AnnotationError) {
    let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x0d || $0 == 0x09 }) { continue }
      let record: JSONValue
      do {
        record = try JSONReader.parse(line)
      } catch {
        throw AnnotationError(path: path, line: index + 1, "not a JSON record: \(error)")
      }
      do throws(Refusal) {
        try add(record)
      } catch {
        try leniency.refuse(AnnotationError(path: path, line: index + 1, error.detail))
      }
    }
  }

  private struct Refusal: Error { let detail: String }

  private mutating func add(_ record: JSONValue) throws(Refusal) {
    guard let name = record["path"]?.stringValue else {
      throw Refusal(detail: "path is not a string")
    }
    var path = Array(name.utf8)
    if let encoded = record["path_b64"]?.stringValue {
      guard let bytes = Base64.bytes(of: encoded) else {
        throw Refusal(detail: "path_b64 is not Base64")
      }
      path = bytes
    }
    if let error = record["error"], error != .null {
      appendFailure(name, error["detail"]?.stringValue ?? "failed")
      return
    }
    guard let detections = record["detections"]?.arrayValue else {
      throw Refusal(detail: "detections is not an array")
    }
    var found: [Prediction] = []
    for (index, detection) in detections.enumerated() {
      guard let category = detection["class_name"]?.stringValue else {
        throw Refusal(detail: "detections[\(index)].class_name is not a string")
      }
      guard let score = detection["score"]?.doubleValue else {
        throw Refusal(detail: "detections[\(index)].score is not a number")
      }
      let corners = (detection["bbox"]?.arrayValue ?? []).compactMap(\.doubleValue)
      guard corners.count == 4, corners[2] >= corners[0], corners[3] >= corners[1],
        corners.allSatisfy({ abs($0) <= OriginSizeBox.coordinateLimit })
      else { throw Refusal(detail: "detections[\(index)].bbox is not [x1, y1, x2, y2]") }
      let box = Box(minX: corners[0], minY: corners[1], maxX: corners[2], maxY: corners[3])
      found.append(
        Prediction(
          picture: .path(path), category: .name(category), box: OriginSizeBox(box), score: score))
    }
    append(found)
  }
}
