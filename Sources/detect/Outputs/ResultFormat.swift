internal import ArgumentParser
internal import Interchange

/// The forms in which results can be written.
enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
  case json, coco, yolo, voc, csv, ultralytics, darknet, megadetector

  /// Whether it has a file for each input.
  var isPerInput: Bool { fileExtension != nil }

  /// Of the files of a format that has one for each input.
  private var fileExtension: String? {
    switch self {
    case .yolo: "txt"
    case .voc: "xml"
    case .ultralytics: "json"
    case .json, .coco, .csv, .darknet, .megadetector: nil
    }
  }

  /// What formats need to know apart from the records.
  struct Contents {
    let inputs: [InputList.Input]
    /// By class number.
    let classNames: [String]
    let model: String
    /// For `coco`; by default an image's number is its index.
    var identifiers: COCOIdentifiers?
    var isPretty = false

    init(inputs: [InputList.Input], classNames: [String], model: String) {
      self.inputs = inputs
      self.classNames = classNames
      self.model = model
    }
  }

  /// A writer of this format.
  ///
  /// - Parameters:
  ///   - target: A folder where there is a file for each input; `nil` for standard output.
  ///   - checkpoint: What of the target stands already.
  /// - Throws: Exit 73.
  func sink(
    _ contents: Contents, target: InputPath?, checkpoint: Checkpoint = Checkpoint()
  ) throws -> any RecordSink {
    if let fileExtension {
      let inputs = contents.inputs
      return PerInputSink(
        folder: try OutputFolder(target ?? InputPath(".")),
        names: OutputNames.names(for: inputs) { _ in fileExtension }, bytes: bytes)
    }
    let file = try target.map { try ResultFile($0, keeping: checkpoint.byteCount) }
    return StreamSink(stream(contents), file: file, recordCount: checkpoint.done)
  }

  private func stream(_ contents: Contents) -> any RecordFormat {
    switch self {
    case .csv: CSVFormat()
    case .coco:
      COCOResultsFormat(
        identifiers: contents.identifiers
          ?? COCOIdentifiers(paths: contents.inputs.map(\.path.bytes)))
    case .darknet: DarknetJSONFormat()
    case .megadetector:
      MegaDetectorFormat(classNames: contents.classNames, model: contents.model)
    case .json, .yolo, .voc, .ultralytics: JSONFormat(isPretty: contents.isPretty)
    }
  }

  private func bytes(_ record: Record) throws -> [UInt8] {
    switch self {
    case .voc: PascalVOCFormat.bytes(for: record)
    case .ultralytics: try UltralyticsFormat.bytes(for: record)
    default: YOLOTextFormat.bytes(for: record)
    }
  }
}
