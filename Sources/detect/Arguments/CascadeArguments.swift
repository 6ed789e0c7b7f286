internal import ArgumentParser
internal import Detectors

/// What only the face cascade knows.
struct CascadeArguments: ParsableArguments {
  @Option(help: "Side in pixels of the smallest face looked for (default: 20).")
  var minFaceSize: Double?

  @Option(help: "Ratio of one scale of the ladder to the one before (default: 0.709).")
  var factor: Double?

  @Option(help: "Least scores of the three stages, separated by commas (default: 0.6,0.7,0.7).")
  var thresholds: NumberListArgument?

  @Option(
    help: """
      Whose conventions to follow: \
      \(CascadeConventions.Preset.allCases.map(\.rawValue).joined(separator: ", ")) \
      (default: mtcnn-onnx).
      """)
  var preset: CascadePresetArgument?

  @Flag(help: "Add each stage's candidates and time to each JSON record.")
  var explainStages = false

  /// The first flag given; other detectors know none of them.
  var firstGiven: String? {
    if minFaceSize != nil { return "--min-face-size" }
    if factor != nil { return "--factor" }
    if thresholds != nil { return "--thresholds" }
    if preset != nil { return "--preset" }
    return explainStages ? "--explain-stages" : nil
  }

  /// - Throws: Exit 64 for values out of range and for flags that the cascade does not take.
  func options(
    _ detection: DetectionArguments, execution: ExecutionArguments, workers: Int = 1
  ) throws -> CascadeOptions {
    guard detection.imgsz == nil else {
      throw CommandFailure(
        .usage, "--imgsz: the cascade looks at the picture's own size; see --min-face-size")
    }
    guard detection.family == nil else {
      throw CommandFailure(.usage, "--family: the family of the built-in model is known")
    }
    let engine = try execution.options(workers: workers)
    do {
      let ladder = try ScaleLadder(minFaceSize: minFaceSize ?? 20, factor: factor ?? 0.709)
      var options = try CascadeOptions(
        ladder: ladder, thresholds: thresholds?.numbers ?? CascadeOptions.defaultThresholds,
        conventions: CascadeConventions(preset?.preset ?? .mtcnnONNX))
      if let iou = detection.iou { options.conventions.outputOverlap = iou }
      options.scoreThreshold = detection.conf
      options.maxDetections = detection.maxDet ?? 0
      options.averagesMirroredLandmarks = detection.flipTest
      options.clipsToPicture = detection.clip ?? options.conventions.clipsToPicture
      options.threads = engine.threads
      options.instructionSet = engine.instructionSet
      return options
    } catch {
      throw CommandFailure(.usage, "\(error)")
    }
  }
}

/// Numbers separated by commas.
struct NumberListArgument: ExpressibleByArgument {
  let numbers: [Double]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Double($0) }
    guard numbers.count == parts.count else { return nil }
    self.numbers = numbers
  }
}

/// A preset by its name.
struct CascadePresetArgument: ExpressibleByArgument {
  let preset: CascadeConventions.Preset

  init?(argument: String) {
    guard let preset = CascadeConventions.Preset(rawValue: argument) else { return nil }
    self.preset = preset
  }

  static var allValueStrings: [String] { CascadeConventions.Preset.allCases.map(\.rawValue) }
}
