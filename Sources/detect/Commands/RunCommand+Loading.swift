internal import Detectors
internal import Files
internal import ModelFormats

extension RunCommand {
  /// A detector for each worker, and the name of their model in results.
  func loadDetectors() throws -> ([any Detector], name: String) {
    let (first, name) = try loadDetector()
    var detectors = [first]
    while detectors.count < batch.workers { detectors.append(try loadDetector().0) }
    return (detectors, name)
  }

  /// The hash of the model's files: network, weights beside it, manifest.
  func modelHash() throws -> String {
    if model.isBuiltIn { return "built-in" }
    let path = try model.path()
    return try loading(path) {
      var files = [path]
      if path.hasSuffix(".cfg") {
        files.append(model.weights ?? path.dropLast(3) + "weights")
      }
      let stem = path.lastIndex(of: ".").map { path[..<$0] } ?? path[...]
      if FileStatus(InputPath(stem + ".json"))?.kind == .regular { files.append(stem + ".json") }
      return try ModelHash.hexadecimal(of: files, byteLimit: model.limits.maxFileBytes)
    }
  }

  /// The detector and the name of its model in results.
  private func loadDetector() throws -> (any Detector, name: String) {
    if model.isBuiltIn { return (try loadCascade(), CascadeDetector.builtInName) }
    let path = try model.path()
    let options = try detection.options(
      execution: execution, model: model, workers: batch.workers)
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
    let options = try cascade.options(
      detection, execution: execution, workers: batch.workers)
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
}
