internal import Geometry
internal import StrictJSON

/// COCO's results format (cocodataset.org, "Results Format"): one JSON array of
/// `{"image_id", "category_id", "bbox": [x, y, width, height], "score"}`, what
/// `COCO.loadRes` of pycocotools reads.
///
/// Boxes are rounded to three decimals and scores to five, as `yolo val save_json` writes them.
/// Failed inputs have no entry: the format has no place for them.
package struct COCOResultsFormat: RecordFormat {
  private let identifiers: COCOIdentifiers
  private var isFirst = true

  package init(identifiers: COCOIdentifiers) { self.identifiers = identifiers }

  package func header() -> [UInt8] { Array("[".utf8) }

  package mutating func resume(recordCount: Int, hasContent: Bool) { isFirst = !hasContent }

  package mutating func bytes(for record: Record) throws(Failure) -> [UInt8] {
    guard record.failure == nil else { return [] }
    let imageID = try identifiers.imageID(path: record.path)
    var bytes: [UInt8] = []
    var startsArray = isFirst
    for named in record.detections {
      let detection = named.detection
      guard
        let categoryID = identifiers.categoryID(
          classID: detection.classID, className: named.className)
      else { continue }
      let box = detection.box
      let sides = [box.minX, box.minY, box.width, box.height]
      let entry: JSONValue = [
        "image_id": .integer(imageID), "category_id": .integer(categoryID),
        "bbox": .array(sides.map { .number(Decimals.pixels($0)) }),
        "score": .number(Decimals.rounded(detection.score, 100_000)),
      ]
      bytes += startsArray ? "\n".utf8 : ",\n".utf8
      startsArray = false
      do {
        try JSONWriter.append(entry, to: &bytes)
      } catch {
        throw Failure(.numeric, "\(error)")
      }
    }
    isFirst = startsArray
    return bytes
  }

  package func footer() -> [UInt8] { Array("\n]\n".utf8) }
}
