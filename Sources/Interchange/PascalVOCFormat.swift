internal import Geometry

/// Annotation files in the layout of Pascal VOC (Everingham et al. 2010, "The PASCAL Visual Object
/// Classes Challenge"; the layout that LabelImg writes): one XML file a picture.
///
/// `bndbox` holds whole pixels counted from 1, both ends inside the box: a box over the whole
/// picture is 1, 1, width, height. `confidence`, which annotations do not have, follows `bndbox`.
package enum PascalVOCFormat {
  /// The file's bytes; empty for a failure.
  package static func bytes(for record: Record) -> [UInt8] {
    guard let size = record.picture?.sourceSize, record.failure == nil else { return [] }
    let path = String(decoding: record.path, as: UTF8.self)
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    var text = "<annotation>\n"
    text += "\t<folder>\(escaped(parts.dropLast().last ?? ""))</folder>\n"
    text += "\t<filename>\(escaped(parts.last ?? ""))</filename>\n"
    text += "\t<path>\(escaped(path[...]))</path>\n"
    text += "\t<source>\n\t\t<database>Unknown</database>\n\t</source>\n"
    text += "\t<size>\n\t\t<width>\(size.width)</width>\n\t\t<height>\(size.height)</height>\n"
    text += "\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n"
    for named in record.detections { text += object(named, size) }
    return Array((text + "</annotation>\n").utf8)
  }

  private static func object(_ named: Record.NamedDetection, _ size: Size) -> String {
    let box = named.detection.box
    let minX = first(box.minX, size.width)
    let minY = first(box.minY, size.height)
    let maxX = max(minX, last(box.maxX, size.width))
    let maxY = max(minY, last(box.maxY, size.height))
    let isTruncated = minX == 1 || minY == 1 || maxX == size.width || maxY == size.height
    return """
      \t<object>
      \t\t<name>\(escaped(named.className[...]))</name>
      \t\t<pose>Unspecified</pose>
      \t\t<truncated>\(isTruncated ? 1 : 0)</truncated>
      \t\t<difficult>0</difficult>
      \t\t<bndbox>
      \t\t\t<xmin>\(minX)</xmin>
      \t\t\t<ymin>\(minY)</ymin>
      \t\t\t<xmax>\(maxX)</xmax>
      \t\t\t<ymax>\(maxY)</ymax>
      \t\t</bndbox>
      \t\t<confidence>\(Decimals.score(named.detection.score))</confidence>
      \t</object>

      """
  }

  /// The first pixel, from 1, of a box that begins at a continuous coordinate.
  private static func first(_ edge: Double, _ side: Int) -> Int {
    Int(min(max(edge.rounded(), 0), Double(side - 1))) + 1
  }

  /// The last pixel, from 1.
  private static func last(_ edge: Double, _ side: Int) -> Int {
    Int(min(max(edge.rounded(), 1), Double(side)))
  }

  /// Text between tags. Control characters, which XML 1.0 cannot hold, become U+FFFD.
  private static func escaped(_ text: Substring) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      default: result.unicodeScalars.append(scalar.value < 0x20 ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }
}
