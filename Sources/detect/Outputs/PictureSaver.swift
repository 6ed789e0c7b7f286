internal import Detectors
internal import Geometry
internal import Imaging
internal import Interchange

/// Writes pictures with their detections drawn in, in the format of the original.
struct PictureSaver {
  let folder: OutputFolder
  /// One per input.
  let names: [[UInt8]]

  /// - Parameter flag: The argument that named the folder, for messages.
  /// - Throws: Exit 73 when a picture would replace an input.
  init(folder: OutputFolder, inputs: [InputList.Input], flag: String = "--save-image") throws {
    self.folder = folder
    names = OutputNames.names(for: inputs) { _ in nil }
    let identities = Set(inputs.compactMap { FileStatus($0.path)?.identity })
    for name in names {
      let target = folder.file(name)
      if let identity = FileStatus(target)?.identity, identities.contains(identity) {
        throw CommandFailure(
          .cannotCreate, "\(target.shown) is an input: \(flag) would replace it")
      }
    }
  }

  /// - Throws: `Failure` when the picture cannot be encoded, `CommandFailure` when writing fails.
  func save(_ decoded: DecodedImage<UInt8>, _ record: Record, index: Int) throws {
    let annotations = record.detections.map { named in
      Annotation(
        box: named.detection.box, label: Self.label(named),
        color: .ofClass(named.detection.classID), landmarks: named.detection.landmarks)
    }
    try save(decoded.image.drawing(annotations), of: decoded, index: index)
  }

  /// Writes the picture with a heatmap laid over it.
  ///
  /// - Throws: As `save(_:_:index:)`.
  func save(_ heatmap: ScoreMap, over decoded: DecodedImage<UInt8>, index: Int) throws {
    let picture = decoded.image.overlaying(
      scores: heatmap.values, columns: heatmap.columns, rows: heatmap.rows, through: heatmap.map)
    try save(picture, of: decoded, index: index)
  }

  private func save(_ picture: Image, of decoded: DecodedImage<UInt8>, index: Int) throws {
    let bytes: [UInt8]
    do {
      bytes =
        switch decoded.sourceFormat {
        case .png: try ImageEncoder.png(picture)
        case .jpeg: try ImageEncoder.jpeg(picture)
        }
    } catch {
      throw Failure(.io, "cannot save the picture: \(error)")
    }
    try folder.write(bytes, to: Self.name(names[index], for: decoded.sourceFormat))
  }

  /// `person 0.87`, in ASCII.
  private static func label(_ named: Record.NamedDetection) -> String {
    let hundredths = Int((named.detection.score * 100).rounded())
    let digits = hundredths < 100 ? "0." + (hundredths < 10 ? "0" : "") + "\(hundredths)" : "1.00"
    return "\(named.className) \(digits)"
  }

  /// The input's name, with the format's extension after one that says something else.
  private static func name(_ name: [UInt8], for format: ImageFormat) -> [UInt8] {
    let dot = name.lastIndex(of: UInt8(ascii: "."))
    let given = dot.map { String(decoding: name[($0 + 1)...], as: UTF8.self).lowercased() }
    let fitting = format == .png ? ["png"] : ["jpg", "jpeg", "jpe", "jfif"]
    if let given, fitting.contains(given) { return name }
    return name + Array(".\(fitting[0])".utf8)
  }
}
