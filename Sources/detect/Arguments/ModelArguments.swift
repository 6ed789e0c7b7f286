internal import ArgumentParser
internal import Detectors
internal import Files
internal import ModelFormats

/// Which model, and how it may be read.
struct ModelArguments: ParsableArguments {
  /// What commands on one network use when no model is named; detection uses the cascade.
  static let defaultModel = "yolov3-tiny"

  @Option(
    help: """
      An ONNX file, a Darknet .cfg, or a name that `detect models` lists. To detect, the default is \
      mtcnn, which is built in and finds faces.
      """)
  var model: String?

  @Option(help: "Weights of a Darknet .cfg; by default NAME.weights beside it.")
  var weights: String?

  @Flag(help: "Take weights that are NaN or infinite, with a warning.")
  var allowNonfinite = false

  var limits: ModelReadingLimits {
    var limits = ModelReadingLimits()
    limits.allowNonfinite = allowNonfinite
    return limits
  }

  /// Whether detection uses the cascade that is compiled in. A file of that name comes first.
  var isBuiltIn: Bool {
    guard let model else { return true }
    return model == CascadeDetector.builtInName && FileStatus(InputPath(model)) == nil
  }

  /// The file to load.
  ///
  /// - Throws: Exit 65.
  func path() throws -> String {
    if model != nil, isBuiltIn {
      throw CommandFailure(
        .refused, "model \(CascadeDetector.builtInName) is three networks; this command takes one")
    }
    return try ModelFolders().path(forModel: model ?? Self.defaultModel)
  }

  /// The model's name in results: its file name without folder and extension.
  static func name(ofPath path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return file }
    return String(file[..<dot])
  }
}

/// Runs the loading of a model, a tensor file or a setting; what it refuses ends the program with
/// exit 65.
func loading<R>(_ path: String, _ body: () throws -> R) throws -> R {
  do {
    return try body()
  } catch let failure as CommandFailure {
    throw failure
  } catch let error as FileError {
    throw CommandFailure(.refused, "\(path): \(error.detail)")
  } catch let error as ModelError {
    throw CommandFailure(.refused, "\(path): \(error.detail)")
  } catch {
    throw CommandFailure(.refused, "\(path): \(error)")
  }
}
