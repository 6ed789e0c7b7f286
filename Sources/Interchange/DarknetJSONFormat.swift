internal import Geometry
internal import StrictJSON

/// What `darknet detector test … -out result.json` writes (AlexeyAB's Darknet): an array of frames
/// numbered from 1, each with `filename` and `objects` of `class_id`, `name`,
/// `relative_coordinates` (fractions of the picture's sides, six decimals) and `confidence`.
///
/// A failed input keeps its number and has no objects, as Darknet has no place for failures.
package struct DarknetJSONFormat: RecordFormat {
  private var number = 0

  package init() {}

  package func header() -> [UInt8] { Array("[\n".utf8) }

  package mutating func resume(recordCount: Int, hasContent: Bool) { number = recordCount }

  package mutating func bytes(for record: Record) throws(Failure) -> [UInt8] {
    var text: [UInt8] = Array((number == 0 ? "" : ", \n").utf8)
    text += "{\n \"frame_id\":\(number + 1), \n \"filename\":".utf8
    JSONWriter.append(String(decoding: record.path, as: UTF8.self), to: &text)
    text += ", \n \"objects\": [ \n".utf8
    let size = record.picture?.sourceSize ?? Size(width: 1, height: 1)
    for (index, named) in record.detections.enumerated() {
      let box = named.detection.box
      guard box.isFinite, named.detection.score.isFinite else {
        throw Failure(.numeric, "non-finite detection")
      }
      let (width, height) = (Double(size.width), Double(size.height))
      text += (index == 0 ? "" : ", \n").utf8
      text += "  {\"class_id\":\(named.detection.classID), \"name\":".utf8
      JSONWriter.append(named.className, to: &text)
      text += ", \"relative_coordinates\":{".utf8
      text += "\"center_x\":\(Decimals.fixed6((box.minX + box.maxX) / 2 / width))".utf8
      text += ", \"center_y\":\(Decimals.fixed6((box.minY + box.maxY) / 2 / height))".utf8
      text += ", \"width\":\(Decimals.fixed6(box.width / width))".utf8
      text += ", \"height\":\(Decimals.fixed6(box.height / height))}".utf8
      text += ", \"confidence\":\(Decimals.fixed6(named.detection.score))}".utf8
    }
    text += "\n ] \n}".utf8
    number += 1
    return text
  }

  package func footer() -> [UInt8] { Array("\n]".utf8) }
}
