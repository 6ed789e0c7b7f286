internal import Detectors
internal import Files
internal import Interchange
internal import StrictJSON

extension RunCommand {
  func makeSink(
    _ inputs: [InputList.Input], target: InputPath?, checkpoint: Checkpoint, model: String,
    classNames: [String]
  ) throws -> any RecordSink {
    var contents = ResultFormat.Contents(inputs: inputs, classNames: classNames, model: model)
    contents.isPretty = pretty
    if format == .coco { contents.identifiers = try identifiers(inputs, classNames: classNames) }
    if !format.isPerInput, let target, let identity = FileStatus(target)?.identity,
      inputs.contains(where: { FileStatus($0.path)?.identity == identity })
    {
      throw CommandFailure(.cannotCreate, "\(target.shown) is an input: --output would replace it")
    }
    return try format.sink(contents, target: target, checkpoint: checkpoint)
  }

  private func identifiers(
    _ inputs: [InputList.Input], classNames: [String]
  ) throws -> COCOIdentifiers {
    guard let data else { return COCOIdentifiers(paths: inputs.map(\.path.bytes)) }
    let identifiers = try COCOIdentifiers(file: data)
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
