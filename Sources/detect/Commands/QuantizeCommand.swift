internal import ArgumentParser
internal import Detectors
internal import Files
internal import Interchange
internal import ModelFormats
internal import Neural

/// `detect quantize --model M --images DIR --output Q.onnx`: writes a network with 8-bit integers.
struct QuantizeCommand: ParsableCommand {
  /// Pictures on which values are quantised one at a time.
  private static let trialCount = 2

  static let configuration = CommandConfiguration(
    commandName: "quantize", abstract: "Write a detector's network with 8-bit weights and values.",
    discussion: """
      Ranges of values are means over the pictures of those that hold all but a ten-thousandth of \
      their numbers at either end. Values that would cause much of the whole error stay in \
      floating point and are named. The file has QuantizeLinear and DequantizeLinear around \
      convolutions and runs here and elsewhere; boxes are decoded in floating point. A manifest beside the model is needed beside the new \
      one too.
      """)

  @OptionGroup(title: "Model") var model: ModelArguments

  @Option(help: "Pictures like those to be seen: files or folders, some tens of pictures.")
  var images: [String]

  @Option(name: .shortAndLong, help: "The ONNX file to write.")
  var output: String

  @Option(help: "Labels, to report the average precision before and after: as of evaluate.")
  var data: String?

  @OptionGroup(title: "Detection") var detection: DetectionArguments
  @OptionGroup(title: "Execution") var execution: ExecutionArguments
  @OptionGroup(title: "Pictures") var picture: PictureArguments

  func run() throws {
    let path = try model.path()
    let file = try OutputFile(RawArguments.path(for: output))
    let inputs = try InputList(
      arguments: images, lists: [], listing: FolderListing(isRecursive: false),
      note: StandardStreams.message
    ).inputs
    var options = try detection.options(execution: execution, model: model)
    options.keepsGraph = true
    let (detector, quantizer) = try loading(path) {
      let loaded = try ModelReader.read(path: path, limits: model.limits)
      guard loaded.format == .onnx else {
        throw CommandFailure(.refused, "\(path): only ONNX files can be quantised")
      }
      let quantizer = try ONNXQuantizer(
        RegularFile.read(path, byteLimit: model.limits.maxFileBytes), model: loaded)
      let manifest = try ModelManifest.besideModel(path)
      guard
        let detector = try DetectorLoader.load(loaded, manifest: manifest, options: options)
          as? GridDetector
      else {
        throw CommandFailure(
          .refused, "\(path): only detectors that predict on grids can be quantised")
      }
      return (detector, quantizer)
    }
    let ranges = try ranges(of: detector, quantizer, inputs, path: path)
    try file.write(try loading(path) { try quantizer.quantized(ranges: ranges) })
    try file.finish()
    if let data {
      try report("before", path, data)
      try report("after", output, data)
    }
  }

  /// The ranges of the values to be quantised.
  private func ranges(
    of detector: GridDetector, _ quantizer: ONNXQuantizer, _ inputs: [InputList.Input],
    path: String
  ) throws -> [String: ClosedRange<Float>] {
    let shape = detector.network.inputs[0].type.shape
    let shapes = [detector.network.inputs[0].name: shape]
    let calibrator = try loading(path) {
      try RangeCalibrator(
        detector.graph, inputShapes: shapes, names: quantizer.values,
        options: detector.executionOptions)
    }
    let decoder = picture.decoder()
    var first: [Tensor] = []
    for input in inputs {
      do {
        _ = try detector.preprocess(
          decode(input.path, with: decoder, isListed: input.isListed).image)
        let tensor = try detector.network.withInput(0) { try Tensor(Array($0), shape: shape) }
        try calibrator.add(tensor)
        if first.count < Self.trialCount { first.append(tensor) }
      } catch {
        let detail = (error as? Failure)?.detail ?? "\(error)"
        StandardStreams.message("\(input.path.shown): \(detail)")
      }
    }
    guard !first.isEmpty else { throw CommandFailure(.noInput, "no picture to learn ranges from") }
    var result = calibrator.result
    let outliers = try loading(path) {
      try QuantizationSensitivity(
        detector.graph, inputShapes: shapes, inputs: first, options: detector.executionOptions
      ).outliers(quantizer.convolutionInputs.compactMap { name in result[name].map { (name, $0) } })
    }
    for (name, share) in outliers {
      StandardStreams.message(
        "\(Escaping.line(name)) stays in floating point: \(Int((100 * share).rounded()))% of the error "
          + "that 8 bits cause would be its")
      result[name] = nil
    }
    return result
  }

  /// Prints the evaluation of a model.
  private func report(_ title: String, _ path: String, _ data: String) throws {
    try StandardStreams.output("\(title):\n")
    var arguments = ["--data", data, "--model", path, "--quiet"]
    if let threads = execution.threads { arguments += ["--threads", String(threads)] }
    let command = try EvaluateCommand.parse(arguments)
    try command.run()
  }
}
