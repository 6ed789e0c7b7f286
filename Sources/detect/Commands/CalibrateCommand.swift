internal import ArgumentParser
internal import Detectors
internal import Files
internal import Imaging
internal import Interchange
internal import Neural
internal import Pyramids

/// `detect calibrate PATH…`: measures the power laws that `--pyramid feature-resampled` corrects maps
/// by.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measure how a network's maps change with the size of pictures.",
    discussion: """
      Writes a small JSON file for `--pyramid feature-resampled --calibration FILE`. `detect info \
      MODEL` lists the layers behind which a network can be cut.
      """)

  @Argument(help: "Pictures, or folders of pictures.")
  var paths: [String]

  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Detection") var detection: DetectionArguments
  @OptionGroup(title: "Faces (built-in model)") var cascade: CascadeArguments
  @OptionGroup(title: "Execution") var execution: ExecutionArguments
  @OptionGroup(title: "Pictures") var picture: PictureArguments

  @Option(help: "The layer behind which the network is cut (default: chosen by its work).")
  var cut: String?

  @Option(name: .shortAndLong, help: "Write here instead of standard output.")
  var output: String?

  func run() throws {
    let inputs = try InputList(
      arguments: paths, lists: [], listing: FolderListing(isRecursive: false),
      note: StandardStreams.message
    ).inputs
    let detector = try DetectorRecipe.base(
      model, detection, cascade, execution, workers: 1, keepsGraph: true)
    let name =
      model.isBuiltIn ? CascadeDetector.builtInName : ModelArguments.name(ofPath: try model.path())
    let calibrator: CutCalibrator
    do {
      calibrator = try CutCalibrator(detector, layer: cut)
    } catch let error as PyramidError {
      throw CommandFailure(.usage, "\(error)")
    } catch let error as GraphError {
      throw CommandFailure(.usage, "--cut: \(error)")
    }
    var failedCount = 0
    let decoder = picture.decoder()
    for input in inputs {
      do {
        try calibrator.add(decode(input.path, with: decoder, isListed: input.isListed).image)
      } catch {
        let detail = (error as? Failure)?.detail ?? "\(error)"
        StandardStreams.message("\(input.path.shown): \(detail)")
        failedCount += 1
      }
    }
    guard let calibration = calibrator.calibration else {
      throw CommandFailure(.noInput, "no picture gave two levels to compare")
    }
    let file = CalibrationFile(
      model: name, cut: calibration.cut, imageCount: calibration.imageCount,
      maps: calibration.maps.map {
        .init(
          name: $0.name, lambda: $0.law.lambda, residual: $0.law.residual,
          sampleCount: $0.law.sampleCount)
      })
    try write(try file.bytes())
    if failedCount > 0 { throw CommandFailure(.someInputFailed, nil) }
  }

  private func write(_ bytes: [UInt8]) throws {
    guard let output else { return try StandardStreams.output(bytes) }
    let file = try OutputFile(RawArguments.path(for: output))
    try file.write(bytes)
    try file.finish()
  }
}
