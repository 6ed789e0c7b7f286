internal import ArgumentParser
internal import Geometry

/// How detections of the same object become one.
struct MergeArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How detections of one object become one: \(MergeKindArgument.names).", valueName: "kind"))
  var merge: MergeKindArgument?

  @Option(
    help: ArgumentHelp(
      "What is compared with the threshold: iou, ios (intersection over the smaller box) or diou.",
      valueName: "metric"))
  var mergeMetric: MergeMetricArgument?

  @Option(help: "Overlap above which detections merge (default: by kind and strategy).")
  var mergeThreshold: Double?

  @Option(help: "soft-gaussian and matrix-gaussian: sigma of the decay (default: 0.5).")
  var mergeSigma: Double?

  /// Detections that soft and matrix NMS look at, at most: their time grows with the square of
  /// those that overlap each other.
  static let rescoredLimit = 30_000

  /// The first flag given.
  var firstGiven: String? {
    if merge != nil { return "--merge" }
    if mergeMetric != nil { return "--merge-metric" }
    if mergeThreshold != nil { return "--merge-threshold" }
    return mergeSigma != nil ? "--merge-sigma" : nil
  }

  func validate() throws {
    if let mergeThreshold, !(0...1).contains(mergeThreshold) {
      throw ValidationError("--merge-threshold \(mergeThreshold) is not between 0 and 1")
    }
    if let mergeSigma, !(mergeSigma > 0 && mergeSigma.isFinite) {
      throw ValidationError("--merge-sigma \(mergeSigma) is not a positive number")
    }
    if merge?.isDistance == true, let mergeMetric, mergeMetric.measure != .distanceIoU {
      throw ValidationError("--merge diou compares by diou, not by --merge-metric")
    }
  }

  /// `standard` with what the flags say. A kind other than that of `standard` brings its own measure
  /// and threshold, for what the flags leave open.
  ///
  /// - Throws: Exit 64 for a flag that the kind does not know.
  func merging(_ standard: Merging) throws -> Merging {
    var merging = standard
    if let merge, merge.kind != standard.kind || merge.isDistance {
      let own = Merging(merge.kind)
      merging.kind = own.kind
      merging.measure = merge.isDistance ? .distanceIoU : own.measure
      if merge.kind != standard.kind { merging.threshold = own.threshold }
      merging.boundary = own.boundary
    }
    let kind = merging.kind
    if mergeMetric != nil && kind == .none {
      throw CommandFailure(.usage, "--merge-metric: --merge none compares nothing")
    }
    if mergeThreshold != nil && kind.defaultThreshold == nil {
      throw CommandFailure(.usage, "--merge-threshold: --merge \(kind.rawValue) has no threshold")
    }
    if mergeSigma != nil && !kind.usesSigma {
      throw CommandFailure(.usage, "--merge-sigma: --merge \(kind.rawValue) has no sigma")
    }
    if let mergeMetric { merging.measure = mergeMetric.measure }
    if let mergeThreshold { merging.threshold = mergeThreshold }
    if let mergeSigma { merging.sigma = mergeSigma }
    if kind.rescoresAllOverlaps { merging.preLimit = merging.preLimit ?? Self.rescoredLimit }
    return merging
  }
}

/// A kind of merging by its name; `diou` is suppression by distance IoU.
struct MergeKindArgument: ExpressibleByArgument {
  let kind: Merging.Kind
  let isDistance: Bool

  init?(argument: String) {
    isDistance = argument == "diou"
    switch argument {
    case "diou": kind = .suppression
    case "soft": kind = .softGaussian
    case "matrix": kind = .matrixGaussian
    default:
      guard let named = Merging.Kind(rawValue: argument) else { return nil }
      kind = named
    }
  }

  static var allValueStrings: [String] { Merging.Kind.allCases.map(\.rawValue) + ["diou"] }
  static var names: String { allValueStrings.joined(separator: ", ") }
}

/// A measure of overlap by its name.
struct MergeMetricArgument: ExpressibleByArgument {
  let measure: OverlapMeasure

  init?(argument: String) {
    guard let measure = OverlapMeasure(rawValue: argument) else { return nil }
    self.measure = measure
  }

  static var allValueStrings: [String] { OverlapMeasure.allCases.map(\.rawValue) }
}
