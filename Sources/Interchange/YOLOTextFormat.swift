internal import Geometry

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The text files that `yolo predict save_txt=True save_conf=True` writes: one file a picture, one
/// line a detection.
///
///     class centre-x centre-y width height confidence
///
/// All but the class are fractions of the upright picture's sides, printed with six significant
/// digits (`%g`). A picture without detections has no file there; here it has none either.
package enum YOLOTextFormat {
  /// The file's bytes; empty for a failure or a picture without detections.
  package static func bytes(for record: Record) -> [UInt8] {
    guard let size = record.picture?.sourceSize else { return [] }
    let width = Double(size.width)
    let height = Double(size.height)
    var text = ""
    for named in record.detections {
      let box = named.detection.box
      let fields = [
        (box.minX + box.maxX) / 2 / width, (box.minY + box.maxY) / 2 / height,
        box.width / width, box.height / height, named.detection.score,
      ]
      text += "\(named.detection.classID) "
      text += fields.map(general).joined(separator: " ") + "\n"
    }
    return Array(text.utf8)
  }

  /// `printf`'s `%g`.
  private static func general(_ value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 32)
    let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%g", $0) }
    let text = buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }
    return String(decoding: text, as: UTF8.self)
  }
}
