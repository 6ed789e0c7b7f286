internal import ArgumentParser
internal import Detectors
internal import Files
internal import Imaging
internal import Interchange
internal import ModelFormats
internal import StrictJSON

/// `detect PATH…`: finds objects in pictures and writes a record for each.
struct RunCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case json, coco, yolo, csv }

  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Find objects in pictures (the default command).",
    usage: "detect [run] PATH… [--model MODEL] [options]")

  @Argument(help: "Pictures, folders of pictures, or - for a list of paths on standard input.")
  var paths: [String]

  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Detection") var detection: DetectionArguments
  @OptionGroup(title: "Faces (built-in model)") var cascade: CascadeArguments
  @OptionGroup(title: "Pyramid") var pyramid: PyramidArguments
  @OptionGroup(title: "Merging") var merge: MergeArguments
  @OptionGroup(title: "Execution") var execution: ExecutionArguments
  @OptionGroup(title: "Pictures") var picture: PictureArguments

  @Flag(name: .shortAndLong, help: "Look for pictures in the folders' folders too.")
  var recursive = false

  @Option(help: "\(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format = Format.json

  @Option(help: "COCO annotations that give image and category ids (with --format coco).")
  var data: String?

  @Option(
    name: .shortAndLong, help: "Write here instead of standard output; a folder for --format yolo.")
  var output: String?

  @Option(help: "Write pictures with the detections drawn in into this folder.")
  var saveImage: String?

  @Option(help: "Write pictures with the heatmap laid over them into this folder.")
  var saveHeatmap: String?

  @Flag(help: "Indent the JSON records for people.")
  var pretty = false

  @Flag(help: "Add the milliseconds spent to each JSON record.")
  var timing = false

  func validate() throws {
    if format == .yolo && output == nil {
      throw ValidationError("--format yolo writes one file per picture: give a folder by --output")
    }
    if data != nil && format != .coco { throw ValidationError("--data goes with --format coco") }
    if (pretty || timing) && format != .json {
      throw ValidationError("--pretty and --timing go with --format json")
    }
    if cascade.explainStages && format != .json {
      throw ValidationError("--explain-stages goes with --format json")
    }
    if !model.isBuiltIn, let flag = cascade.firstGiven {
      throw ValidationError("\(flag) goes with the built-in model \(CascadeDetector.builtInName)")
    }
    if saveHeatmap != nil && pyramid.name != .single {
      throw ValidationError(
        "--save-heatmap goes with --pyramid single: other strategies see several")
    }
    if model.isBuiltIn && model.weights != nil {
      throw ValidationError("--weights goes with a Darknet --model")
    }
  }

  func run() throws {
    var listing = FolderListing(isRecursive: recursive)
    let pictureFolder = try saveImage.map { try OutputFolder(RawArguments.path(for: $0)) }
    if let identity = pictureFolder?.identity { listing.excluded.insert(identity) }
    let heatmapFolder = try saveHeatmap.map { try OutputFolder(RawArguments.path(for: $0)) }
    if let identity = heatmapFolder?.identity { listing.excluded.insert(identity) }
    if let identity = pictureFolder?.identity, identity == heatmapFolder?.identity {
      throw CommandFailure(.usage, "--save-image and --save-heatmap name the same folder")
    }
    let inputs = try InputList(
      arguments: paths, listing: listing, note: StandardStreams.message
    ).inputs
    let (base, name) = try loadDetector()
    if saveHeatmap != nil && !(base is any HeatmapSource) {
      throw CommandFailure(
        .usage, "--save-heatmap: family \(base.summary.family) has no heatmaps")
    }
    let detector = try pyramid.detector(
      base, merge: merge, isClassAgnostic: detection.agnosticNms)
    let sink = try makeSink(inputs, classNames: detector.summary.classNames)
    let saver = try pictureFolder.map { try PictureSaver(folder: $0, inputs: inputs) }
    var run = DetectionRun(
      detector: detector, decoder: picture.decoder(), modelName: name,
      pyramidName: pyramid.name.rawValue, isTimed: timing,
      explainsStages: cascade.explainStages, sink: sink, saver: saver,
      heatmapSaver: try heatmapFolder.map {
        try PictureSaver(folder: $0, inputs: inputs, flag: "--save-heatmap")
      })
    StopSignal.install()
    let status = try run.process(inputs)
    if status != .success { throw CommandFailure(status, nil) }
  }

  /// The detector and the name of its model in results.
  private func loadDetector() throws -> (any Detector, name: String) {
    if model.isBuiltIn { return (try loadCascade(), CascadeDetector.builtInName) }
    let path = try model.path()
    var options = try detection.options(execution: execution, model: model)
    options.keepsGraph = pyramid.needsGraph
    let detector = try loading(path) {
      do {
        let manifest = try ModelManifest.besideModel(path)
        let loaded = try ModelReader.read(
          path: path, weightsPath: model.weights, limits: model.limits,
          inputSize: detection.imgsz?.sides)
        return try DetectorLoader.load(loaded, manifest: manifest, options: options)
      } catch let error as DetectorError {
        switch error {
        case .unknownClass, .invalidOption, .invalidInputSize, .inputSizeMismatch:
          throw CommandFailure(.usage, "\(error)")
        default: throw error
        }
      }
    }
    return (detector, ModelArguments.name(ofPath: path))
  }

  private func loadCascade() throws -> any Detector {
    let options = try cascade.options(detection, execution: execution)
    return try loading(CascadeDetector.builtInName) {
      let detector = try CascadeDetector(weights: .builtIn(), options: options)
      let names = detector.summary.classNames
      for query in detection.classFilter ?? []
      where ClassNames.index(of: query, in: names) == nil {
        throw CommandFailure(.usage, "\(DetectorError.unknownClass(query))")
      }
      return detector
    }
  }

  private func makeSink(
    _ inputs: [InputList.Input], classNames: [String]
  ) throws -> any RecordSink {
    let target = output.map { RawArguments.path(for: $0) }
    let stream: any RecordFormat
    switch format {
    case .yolo:
      return YOLOTextSink(
        folder: try OutputFolder(target ?? InputPath(".")),
        names: OutputNames.names(for: inputs) { _ in "txt" })
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
    return StreamSink(stream, file: try target.map { try OutputFile($0, content: .results) })
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
