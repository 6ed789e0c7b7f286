internal import ArgumentParser
internal import Detectors

/// What counts as a detection. Values left out come from the manifest, else the family.
struct DetectionArguments: ParsableArguments {
  @Option(
    help: "Detector family, where it is not recognised: \(familyNames).")
  var family: FamilyArgument?

  @Option(help: "Network input size, N or WxH, where the model leaves it open.")
  var imgsz: InputSizeArgument?

  @Option(
    name: .customLong("conf"),
    help: """
      Report scores above this (default: by family; see the README); by class as \
      0.3,person=0.5,car=0.25, where classes not named have the number without a name, else 0.25.
      """)
  var confidence: ConfidenceArgument?

  @Option(help: "Overlap above which the surer box removes the other (default: by family).")
  var iou: Double?

  @Option(
    help: "At most so many boxes a picture, 0 for no limit (default: 300; faces: 0; text: 1000).")
  var maxDet: Int?

  @Option(help: "Only these classes: names or numbers, separated by commas.")
  var classes: [String] = []

  @Flag(help: "Boxes of different classes remove each other too.")
  var agnosticNms = false

  @Option(
    help: "Classes whose boxes remove each other too, joined by +: car+truck+bus,dog+cat.")
  var nmsGroups: [String] = []

  @Flag(help: "Run the mirrored picture too and average: heatmaps, landmarks of faces.")
  var flipTest = false

  @Flag(
    inversion: .prefixedNo,
    help: "Cut boxes to the picture (default: --clip; --preset facenet-pytorch: --no-clip).")
  var clip: Bool?

  /// The least score that the detector is asked for.
  var conf: Double? { confidence?.lowest }

  private static var familyNames: String {
    FamilyArgument.allValueStrings.joined(separator: ", ")
  }

  func validate() throws {
    for value in confidence?.scores ?? [] where !(0...1).contains(value) {
      throw ValidationError("--conf \(value) is not between 0 and 1")
    }
    if let iou, !(0...1).contains(iou) {
      throw ValidationError("--iou \(iou) is not between 0 and 1")
    }
    if let maxDet, maxDet < 0 { throw ValidationError("--max-det \(maxDet) is negative") }
    if classes.flatMap(Self.items).isEmpty && !classes.isEmpty {
      throw ValidationError("--classes names no class")
    }
  }

  func options(
    execution: ExecutionArguments, model: ModelArguments, workers: Int = 1
  ) throws -> DetectorOptions {
    let engine = try execution.options(workers: workers)
    var options = DetectorOptions()
    options.family = family?.grid
    options.heatmapFamily = family?.heatmap
    options.endToEndFamily = family?.endToEnd
    options.averagesMirrored = flipTest
    options.inputSize = imgsz?.size
    options.scoreThreshold = conf
    options.overlapThreshold = iou
    options.maxDetections = maxDet
    options.classFilter = classFilter
    options.isSuppressionClassAgnostic = agnosticNms
    options.suppressionGroups = suppressionGroups
    options.clipsToPicture = clip ?? true
    options.threads = engine.threads
    options.instructionSet = engine.instructionSet
    options.precision = engine.precision
    options.allowsNonFiniteWeights = model.allowNonfinite
    return options
  }

  /// The names and numbers given; `nil` for all classes.
  var classFilter: [String]? { classes.isEmpty ? nil : classes.flatMap(Self.items) }

  /// The classes of each group given.
  var suppressionGroups: [[String]] {
    nmsGroups.flatMap(Self.items).map { $0.split(separator: "+").map(String.init) }
  }

  private static func items(_ list: String) -> [String] {
    list.split(separator: ",").map { item in
      var text = item
      while text.first == " " { text.removeFirst() }
      while text.last == " " { text.removeLast() }
      return String(text)
    }.filter { !$0.isEmpty }
  }
}

/// A family by its name or one of its aliases.
struct FamilyArgument: ExpressibleByArgument {
  /// One of these is set.
  let grid: GridFamily?
  let heatmap: HeatmapFamily?
  let endToEnd: EndToEndFamily?

  init?(argument: String) {
    heatmap = HeatmapFamily(named: argument)
    endToEnd = EndToEndFamily(named: argument)
    let isOther = heatmap != nil || endToEnd != nil
    grid = isOther ? nil : try? GridFamily(named: argument)
    if !isOther && grid == nil { return nil }
  }

  static var allValueStrings: [String] {
    GridFamily.allCases.map(\.rawValue) + HeatmapFamily.allCases.map(\.rawValue)
      + EndToEndFamily.allCases.map(\.rawValue)
  }
}
