internal import Detectors
internal import Files
internal import Interchange
internal import StrictJSON

extension RunCommand {
  func makeSink(
    _ inputs: [InputList.Input], target: InputPath?, keeping byteCount: Int, classNames: [String]
  ) throws -> any RecordSink {
    let stream: any RecordFormat
    switch format {
    case .yolo:
      return PerInputSink(
        folder: try OutputFolder(target ?? InputPath(".")),
        names: OutputNames.names(for: inputs) { _ in "txt" },
        bytes: { YOLOTextFormat.bytes(for: $0) })
    case .json: stream = JSONFormat(isPretty: pretty)
    case .csv: stream = CSVFormat()
    case .coco:
      stream = COCOResultsFormat(identifiers: try identifiers(inputs, classNames: classNames))
    }
    if let target, let identity = FileStatus(target)?.identity,
      inputs.contains(where: { FileStatus($0.path)?.identity == identity })
    {
      throw CommandFailure(.cannotCreate, "\(target.shown) is an input: --output would replace it")
    }
    return StreamSink(
      stream, file: try target.map { try ResultFile($0, keeping: byteCount) })
  }

  private func identifiers(
    _ inputs: [InputList.Input], classNames: [String]
  ) throws -> COCOIdentifiers {
    guard let data else { return COCOIdentifiers(paths: inputs.map(\.path.bytes)) }
    let identifiers = try loading(data) {
      let bytes = try RegularFile.read(data, byteLimit: 1 << 30)
      return try COCOIdentifiers(annotations: JSONReader.parse(bytes)) {
        COCOClasses.aliases[$0] ?? $0
      }
    }
    let unknown = identifiers.unknownClasses(among: classNames)
    guard unknown.count < classNames.count else {
      throw CommandFailure(.refused, "\(data): has none of the model's classes")
    }
    if !unknown.isEmpty {
      let names = unknown.prefix(5).joined(separator: ", ") + (unknown.count > 5 ? ", …" : "")
      StandardStreams.message(
        "\(data): lacks \(unknown.count) of the model's classes, which are left out: \(names)")
    }
    return identifiers
  }
}
