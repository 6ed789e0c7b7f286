internal import Geometry
package import StrictJSON

/// The toolkit's own records: one JSON object per input, one per line.
///
///     {"schema":1,"path":…,"width":…,"height":…,"orientation":…,"model":…,"pyramid":"single",
///      "detections":[{"class_id":…,"class_name":…,"score":…,"bbox":[x1,y1,x2,y2]}],"error":null}
///
/// Boxes are in upright source pixels with the origin at the outer top-left corner, rounded to a
/// thousandth of a pixel; scores to a millionth. Keys come in this order, always. A detection may
/// also have `"landmarks"` and `"polygon"`, arrays of `[x,y]` in the frame of its box. Records of a
/// pyramid strategy have, after `"pyramid"`, its passes in `"levels"`, each with its name under
/// `"level"` or `"tile"`, the `"width"` and `"height"` of the network's input and the boxes `"found"`
/// before merging; their detections end with the `"level"` or `"tile"` that found them. A failed input
/// has `"detections":null` and `"error":{"kind","detail"}`.
package struct JSONFormat: RecordFormat {
  private let style: JSONWriter.Style

  /// - Parameter isPretty: Indented for people, several lines a record.
  package init(isPretty: Bool = false) { style = isPretty ? .pretty : .compact }

  package func bytes(for record: Record) throws(Failure) -> [UInt8] {
    do {
      var line = try JSONWriter.bytes(of: record.json, style: style)
      line.append(UInt8(ascii: "\n"))
      return line
    } catch {
      throw Failure(.numeric, "\(error)")
    }
  }
}

extension Record {
  /// The record as one JSON object with a fixed order of keys.
  package var json: JSONValue {
    var object = JSONObject()
    object["schema"] = .integer(Record.schema)
    object["path"] = .string(String(decoding: path, as: UTF8.self))
    if !isUTF8(path) { object["path_b64"] = .string(Base64.string(of: path)) }
    object["width"] = picture.map { .integer($0.sourceSize.width) } ?? .null
    object["height"] = picture.map { .integer($0.sourceSize.height) } ?? .null
    object["orientation"] = picture.map { .integer($0.orientation) } ?? .null
    if picture?.isTruncated == true { object["truncated"] = true }
    object["model"] = .string(model)
    object["pyramid"] = .string(pyramid)
    if !passes.isEmpty { object["levels"] = .array(passes.map(\.json)) }
    switch outcome {
    case .detections(let detections):
      object["detections"] = .array(
        detections.map { detection in
          detection.json(
            pass: detection.pass.flatMap { passes.indices.contains($0) ? passes[$0] : nil })
        })
      object["error"] = .null
    case .failure(let failure):
      object["detections"] = .null
      object["error"] = [
        "kind": .string(failure.kind.rawValue), "detail": .string(failure.detail),
      ]
    }
    if let stages { object["stages"] = .array(stages.map(\.json)) }
    if let timing { object["timing_ms"] = timing.json }
    return .object(object)
  }

  /// Whether decoding and encoding again gives the same bytes.
  private func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
}

extension Record.NamedDetection {
  fileprivate func json(pass: Record.Pass?) -> JSONValue {
    let box = detection.box
    var object = JSONObject()
    object["class_id"] = .integer(detection.classID)
    object["class_name"] = .string(className)
    object["score"] = .number(Decimals.score(detection.score))
    object["bbox"] = .array(
      [box.minX, box.minY, box.maxX, box.maxY].map { .number(Decimals.pixels($0)) })
    if !detection.landmarks.isEmpty { object["landmarks"] = Self.json(detection.landmarks) }
    if !detection.polygon.isEmpty { object["polygon"] = Self.json(detection.polygon) }
    if let pass { object[pass.kind.rawValue] = .string(pass.name) }
    return .object(object)
  }

  private static func json(_ points: [Point]) -> JSONValue {
    .array(
      points.map { point in
        .array([.number(Decimals.pixels(point.x)), .number(Decimals.pixels(point.y))])
      })
  }
}

extension Record.Pass {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object[kind.rawValue] = .string(name)
    object["width"] = .integer(size.width)
    object["height"] = .integer(size.height)
    object["found"] = .integer(found)
    return .object(object)
  }
}

extension Record.Stage {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["name"] = .string(name)
    if !levels.isEmpty { object["levels"] = .array(levels.map(\.json)) }
    object["candidates"] = .integer(candidates)
    object["kept"] = .integer(kept)
    object["ms"] = .number(Decimals.milliseconds(milliseconds))
    return .object(object)
  }
}

extension Record.Stage.Level {
  fileprivate var json: JSONValue {
    [
      "scale": .number(Decimals.score(scale)), "width": .integer(size.width),
      "height": .integer(size.height), "candidates": .integer(candidates), "kept": .integer(kept),
    ]
  }
}

extension Record.Timing {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["decode"] = .number(Decimals.milliseconds(decode))
    object["preprocess"] = .number(Decimals.milliseconds(preprocess))
    object["inference"] = .number(Decimals.milliseconds(inference))
    object["postprocess"] = .number(Decimals.milliseconds(postprocess))
    if !inferenceParts.isEmpty {
      var parts = JSONObject()
      for part in inferenceParts { parts[part.name] = .number(Decimals.milliseconds(part.time)) }
      object["inference_parts"] = .object(parts)
    }
    return .object(object)
  }
}
