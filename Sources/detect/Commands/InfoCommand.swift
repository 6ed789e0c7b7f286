internal import ArgumentParser
internal import Files
internal import Geometry
internal import ModelFormats
internal import StrictJSON

/// `detect info FILE`: what a model, tensor, manifest or JSON file holds, or why it is refused.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Load a model, tensor or JSON file and say what it holds.",
    discussion: "Exit 65 with the reason when the file is refused.")

  @Argument(help: "An .onnx, .cfg, .npy, .npz, .safetensors or .json file, or a model's name.")
  var file: String

  @Option(help: "Weights of a Darknet .cfg; by default NAME.weights beside it.")
  var weights: String?

  @Option(help: "Input size, N or WxH, to count the work for.")
  var imgsz: InputSizeArgument?

  @OptionGroup var execution: ExecutionArguments

  @Flag(help: "Take weights that are NaN or infinite, with a warning.")
  var allowNonfinite = false

  @Flag(help: "One JSON object.")
  var json = false

  func run() throws {
    let path = try ModelFolders().path(forModel: file)
    var limits = ModelReadingLimits()
    limits.allowNonfinite = allowNonfinite
    let options = try execution.options()
    let description = try loading(path) {
      try FileDescription(
        path: path, weightsPath: weights, limits: limits, inputSize: imgsz?.size,
        execution: options)
    }
    for warning in description.warnings { StandardStreams.message("\(path): \(warning)") }
    if json {
      let bytes = try loading(path) { try JSONWriter.bytes(of: .object(description.json)) }
      try StandardStreams.output(bytes + [UInt8(ascii: "\n")])
    } else {
      try StandardStreams.output(description.text)
    }
  }
}
