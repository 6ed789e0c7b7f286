internal import Geometry
internal import StrictJSON

/// What `Results.to_json()` of Ultralytics gives: one JSON file a picture, an array of
/// `{"name", "class", "confidence", "box": {"x1", "y1", "x2", "y2"}}`, numbers to five decimals.
package enum UltralyticsFormat {
  /// The file's bytes; empty for a failure.
  ///
  /// - Throws: `Failure` when a number is not finite.
  package static func bytes(for record: Record) throws(Failure) -> [UInt8] {
    guard record.failure == nil else { return [] }
    let entries = record.detections.map { named -> JSONValue in
      let box = named.detection.box
      return [
        "name": .string(named.className), "class": .integer(named.detection.classID),
        "confidence": .number(Decimals.rounded(named.detection.score, 100_000)),
        "box": [
          "x1": .number(Decimals.rounded(box.minX, 100_000)),
          "y1": .number(Decimals.rounded(box.minY, 100_000)),
          "x2": .number(Decimals.rounded(box.maxX, 100_000)),
          "y2": .number(Decimals.rounded(box.maxY, 100_000)),
        ],
      ]
    }
    do {
      return try JSONWriter.bytes(of: .array(entries), style: .pretty) + [UInt8(ascii: "\n")]
    } catch {
      throw Failure(.numeric, "\(error)")
    }
  }
}
