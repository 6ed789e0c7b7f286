internal import ArgumentParser
internal import Detectors
internal import Files
internal import Interchange
internal import StrictJSON

/// `detect convert RESULTS --format F`: writes results in another format.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Turn results (JSON lines) into another format.")

  @Argument(help: "Results as detect writes them by default: a record a line.")
  var results: String

  @Option(help: "\(ResultFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format: ResultFormat

  @Option(
    name: .shortAndLong,
    help: "Write here instead of standard output; a folder for yolo, voc, ultralytics.")
  var output: String?

  @Option(help: "COCO annotations that give image and category ids (with --format coco).")
  var data: String?

  func validate() throws {
    if format.isPerInput && output == nil {
      throw ValidationError(
        "--format \(format.rawValue) writes one file per picture: give a folder by --output")
    }
    if data != nil && format != .coco { throw ValidationError("--data goes with --format coco") }
  }

  func run() throws {
    let source = try RecordFile(RawArguments.path(for: results))
    // What formats must know beforehand: the paths, and the classes' names as far as they occur.
    var inputs: [InputList.Input] = []
    var names: [Int: String] = [:]
    var model = ""
    try source.visit { record, _ in
      inputs.append(InputList.Input(path: InputPath(bytes: record.path)))
      for named in record.detections { names[named.detection.classID] = named.className }
      model = record.model
    }
    let classNames = (0...min(names.keys.max() ?? 0, 99_999)).map { names[$0] ?? "\($0)" }
    var contents = ResultFormat.Contents(
      inputs: inputs, classNames: names.isEmpty ? [] : classNames, model: model)
    if let data { contents.identifiers = try COCOIdentifiers(file: data) }
    let target = output.map { RawArguments.path(for: $0) }
    let lock = try target.map { target in
      try format.isPerInput ? OutputFolder(target).path : target
    }.map {
      try OutputLock(
        Resumption.Places(output: $0, isFolder: format.isPerInput).lock, guarding: $0)
    }
    defer { withExtendedLifetime(lock) {} }
    var sink = try format.sink(contents, target: target)
    var index = 0
    var failed = 0
    do {
      try source.visit { record, _ in
        do {
          try sink.write(record, index: index)
        } catch let failure as Failure {
          StandardStreams.message("\(InputPath(bytes: record.path).shown): \(failure.detail)")
          failed += 1
        }
        index += 1
      }
      try sink.complete()
      _ = try sink.synchronize()
      try sink.publish()
    } catch let error as Descriptor.Failure {
      if error.isReaderGone { throw CommandFailure(.readerGone, nil) }
      throw CommandFailure(.outputFailed, error.reason)
    }
    if failed > 0 { throw CommandFailure(.someInputFailed, nil) }
  }
}

extension COCOIdentifiers {
  /// The numbers of an annotations file.
  ///
  /// - Throws: Exit 65.
  init(file: String) throws {
    self = try loading(file) {
      let bytes = try RegularFile.read(file, byteLimit: 1 << 30)
      return try COCOIdentifiers(annotations: JSONReader.parse(bytes)) {
        COCOClasses.aliases[$0] ?? $0
      }
    }
  }
}
