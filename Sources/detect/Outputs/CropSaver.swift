internal import Geometry
internal import Imaging
internal import Interchange

/// Writes what lies in the boxes as pictures: `FOLDER/NAME OF THE INPUT/NUMBER-CLASS.png`, or `.jpg`
/// for detections in a JPEG. Numbers count from 0 in the order of the record.
struct CropSaver: Sendable {
  let folder: OutputFolder
  /// One per input; a folder each, so that no two inputs meet.
  let names: [[UInt8]]

  init(folder: OutputFolder, inputs: [InputList.Input]) {
    self.folder = folder
    names = OutputNames.names(for: inputs) { _ in nil }
  }

  /// - Throws: `Failure` when a crop cannot be encoded, `CommandFailure` when writing fails.
  func save(_ decoded: DecodedImage<UInt8>, _ record: Record, index: Int) throws {
    for (number, named) in record.detections.enumerated() {
      guard let crop = decoded.image.cropped(to: named.detection.box) else { continue }
      let isPNG = decoded.sourceFormat == .png
      let bytes: [UInt8]
      do {
        bytes = isPNG ? try ImageEncoder.png(crop) : try ImageEncoder.jpeg(crop)
      } catch {
        throw Failure(.io, "cannot save a crop: \(error)")
      }
      let name = "/\(number)-\(Self.safe(named.className)).\(isPNG ? "png" : "jpg")"
      try folder.write(bytes, to: names[index] + Array(name.utf8))
    }
  }

  /// A class's name as a part of a file's: letters, digits and few signs.
  private static func safe(_ name: String) -> String {
    let kept = name.unicodeScalars.prefix(60).map { scalar -> Character in
      let isSafe = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      return isSafe || "-_ .".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
    }
    return String(kept)
  }
}

extension Image {
  /// The whole pixels that a box touches; `nil` where it has none in the picture.
  func cropped(to box: Box) -> Image? {
    guard box.isFinite else { return nil }
    let left = Int(min(max(box.minX.rounded(.down), 0), Double(size.width)))
    let top = Int(min(max(box.minY.rounded(.down), 0), Double(size.height)))
    let right = Int(min(max(box.maxX.rounded(.up), 0), Double(size.width)))
    let bottom = Int(min(max(box.maxY.rounded(.up), 0), Double(size.height)))
    guard left < right, top < bottom else { return nil }
    var crop: [UInt8] = []
    crop.reserveCapacity((right - left) * (bottom - top) * 3)
    for row in top..<bottom {
      let start = (row * size.width + left) * 3
      crop += samples[start..<start + (right - left) * 3]
    }
    return Image(size: Size(width: right - left, height: bottom - top), samples: crop)
  }
}
