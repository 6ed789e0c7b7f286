internal import Detectors
internal import Files
internal import ModelFormats

/// What the flags say of the detector: model, thresholds, pyramid and execution. Commands that run
/// detectors make them by it.
struct DetectorRecipe {
  var model: ModelArguments
  var detection: DetectionArguments
  var cascade: CascadeArguments
  var pyramid: PyramidArguments
  var merge: MergeArguments
  var execution: ExecutionArguments
  /// Detectors at work at the same time; they share the processors.
  var workers = 1
  /// Of a run; `nil` where it is not known.
  var pictureCount: Int?
  /// Bytes that the whole program may take; windows whose size the flags leave open are chosen by it.
  var memoryLimit: Int?
  /// Told of what was chosen.
  var note: (String) -> Void = { _ in }

  /// With so few pictures the time to make networks counts more than the time to run them.
  private static let fewPictures = 4

  private var isForFewRuns: Bool {
    pyramid.runsNetworksOnce && pictureCount.map { $0 <= Self.fewPictures } ?? false
  }

  /// The model's name in results.
  func modelName() throws -> String {
    model.isBuiltIn ? CascadeDetector.builtInName : ModelArguments.name(ofPath: try model.path())
  }

  /// A detector for each worker, as the pyramid's flags say, and the detector beneath the first.
  ///
  /// - Throws: Exit 64 for flags that do not go together, 65 for a model that is refused.
  func detectors() throws -> (detectors: [any Detector], base: any Detector) {
    let bases = try (0..<max(workers, 1)).map { _ in try base() }
    var pyramid = pyramid
    if let memoryLimit, pyramid.name == .tiles, pyramid.leavesSliceOpen,
      let slices = SliceChoice(isSeamExact: pyramid.packing.seamExact, detector: bases[0]),
      let side = try slices.side(byteLimit: memoryLimit / SliceChoice.share / bases.count)
    {
      (pyramid.sliceWidth, pyramid.sliceHeight) = (side, side)
      note("--max-memory: windows of \(side)x\(side)")
    }
    let detectors = try bases.map {
      try pyramid.detector($0, merge: merge, detection: detection)
    }
    return (detectors, bases[0])
  }

  /// The hash of the model's files: network, weights beside it, external data, manifest.
  func modelHash() throws -> String {
    if model.isBuiltIn { return "built-in" }
    let path = try model.path()
    return try loading(path) {
      var files = [path]
      if path.hasSuffix(".cfg") {
        files.append(model.weights ?? path.dropLast(3) + "weights")
      } else {
        files += try ONNXReader.externalFiles(
          of: RegularFile.read(path, byteLimit: model.limits.maxFileBytes), path: path)
      }
      let stem = path.lastIndex(of: ".").map { path[..<$0] } ?? path[...]
      if FileStatus(InputPath(stem + ".json"))?.kind == .regular { files.append(stem + ".json") }
      return try ModelHash.hexadecimal(of: files, byteLimit: model.limits.maxFileBytes)
    }
  }

  /// The model's own detector, without a pyramid.
  func base() throws -> any Detector {
    try Self.base(
      model, detection, cascade, execution, workers: workers, keepsGraph: pyramid.needsGraph,
      isForFewRuns: isForFewRuns)
  }

  /// A model's detector.
  ///
  /// - Parameters:
  ///   - keepsGraph: Whether its network is to be run in other ways than it runs it.
  ///   - isForFewRuns: Whether it looks at a few pictures only.
  /// - Throws: Exit 64 for flags that do not go together, 65 for a model that is refused.
  static func base(
    _ model: ModelArguments, _ detection: DetectionArguments, _ cascade: CascadeArguments,
    _ execution: ExecutionArguments, workers: Int, keepsGraph: Bool,
    isForFewRuns: Bool = false
  ) throws -> any Detector {
    if model.isBuiltIn {
      return try builtIn(
        try cascade.options(detection, execution: execution, workers: workers), detection)
    }
    let path = try model.path()
    var options = try detection.options(execution: execution, model: model, workers: workers)
    options.keepsGraph = keepsGraph
    options.isForFewRuns = isForFewRuns
    return try loading(path) {
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
  }

  private static func builtIn(
    _ options: CascadeOptions, _ detection: DetectionArguments
  ) throws -> any Detector {
    try loading(CascadeDetector.builtInName) {
      let detector = try CascadeDetector(weights: .builtIn(), options: options)
      let names = detector.summary.classNames
      do {
        _ = try ClassNames.groups(detection.suppressionGroups, in: names)
      } catch { throw CommandFailure(.usage, "\(error)") }
      for query in detection.classFilter ?? []
      where ClassNames.index(of: query, in: names) == nil {
        throw CommandFailure(.usage, "\(DetectorError.unknownClass(query))")
      }
      return detector
    }
  }
}
