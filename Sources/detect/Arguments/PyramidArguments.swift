internal import ArgumentParser
internal import Detectors
internal import Geometry
internal import Neural
internal import Pyramids

/// How each picture is looked at.
struct PyramidArguments: ParsableArguments {
  /// The strategies by name.
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case single, image, packed, tiles, feature
    case featureResampled = "feature-resampled"
    case trident
    case coarseToFine = "coarse-to-fine"
  }

  @Option(
    name: .customLong("pyramid"),
    help: "How each picture is looked at: \(Name.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var name = Name.single

  @OptionGroup var packing: PackingArguments

  @Option(
    help: "image, packed, tiles: sizes of the levels, 1 being the detector's own (such as 0.5,1,2)."
  )
  var scales: NumberListArgument?

  @Option(
    help: """
      image: instead of --scales, so many octaves of levels below the picture's own size; \
      feature-resampled: so many octaves (default: 1; faces: down to the smallest level).
      """)
  var octaves: Int?

  @Option(
    help: "Levels per octave: image with --octaves (default: 1), feature-resampled (default: 8).")
  var perOctave: Int?

  @OptionGroup var cutting: CutArguments

  @Flag(help: "image, packed: look at each level mirrored too.")
  var flip = false

  @Option(
    help: """
      image, tiles: sizes of objects in source pixels that each level answers for, LOW-HIGH,… with \
      one range per scale (tiles: the whole picture first); either end may be left out. none: all. \
      trident: one per dilation.
      """)
  var scaleRanges: ScaleRangesArgument?

  @Option(help: "feature, image: heads of the network that speak, such as P3,P4.")
  var levels: String?

  @Option(help: "tiles: height of a window (default: 512; --seam-exact: 512 to 1024).")
  var sliceHeight: Int?

  @Option(help: "tiles: width of a window (default: 512; --seam-exact: 512 to 1024).")
  var sliceWidth: Int?

  @Option(help: "tiles: share of a window's height that neighbours overlap by (default: 0.2).")
  var overlapHeightRatio: Double?

  @Option(help: "tiles: share of a window's width that neighbours overlap by (default: 0.2).")
  var overlapWidthRatio: Double?

  @Flag(help: "tiles: leave out the pass over the whole picture.")
  var noStandardPrediction = false

  @Option(
    help: """
      coarse-to-fine: milliseconds for the networks of a picture, counted as 30 million multiply-adds \
      each, so that results do not depend on the machine.
      """)
  var budgetMs: Double?

  @Option(help: "coarse-to-fine: windows looked at again, at most (default: 4).")
  var maxRegions: Int?

  func validate() throws {
    for (flag, names) in givenFlags where !names.contains(name) {
      throw ValidationError(
        "\(flag) goes with --pyramid \(names.map(\.rawValue).joined(separator: " or "))")
    }
    if octaves != nil && scales != nil {
      throw ValidationError("--octaves and --scales both choose the levels: give one of them")
    }
    try validateSeamExact()
    if perOctave != nil && octaves == nil && [.image, .packed].contains(name) {
      throw ValidationError("--per-octave goes with --octaves")
    }
  }

  /// The flags given, each with the strategies that know it.
  private var givenFlags: [(flag: String, names: [Name])] {
    let all: [(String, Bool, [Name])] = [
      ("--scales", scales != nil, [.image, .packed, .tiles]),
      ("--octaves", octaves != nil, [.image, .packed, .featureResampled]),
      ("--per-octave", perOctave != nil, [.image, .packed, .featureResampled]),
      ("--cut", cutting.cut != nil, [.featureResampled]),
      ("--lambda", cutting.lambda != nil, [.featureResampled]),
      ("--calibration", cutting.calibration != nil, [.featureResampled]),
      ("--real-per-octave", cutting.realPerOctave != nil, [.featureResampled]),
      ("--dilations", cutting.dilations != nil, [.trident]),
      ("--flip", flip, [.image, .packed]),
      ("--canvas", packing.canvas != nil, [.packed]),
      ("--seam-exact", packing.seamExact, [.tiles]),
      ("--scale-ranges", scaleRanges != nil, [.image, .packed, .tiles, .trident]),
      ("--levels", levels != nil, [.feature, .image, .packed]),
      ("--slice-height", sliceHeight != nil, [.tiles]),
      ("--slice-width", sliceWidth != nil, [.tiles]),
      ("--overlap-height-ratio", overlapHeightRatio != nil, [.tiles]),
      ("--overlap-width-ratio", overlapWidthRatio != nil, [.tiles]),
      ("--no-standard-prediction", noStandardPrediction, [.tiles]),
      ("--budget-ms", budgetMs != nil, [.coarseToFine]),
      ("--max-regions", maxRegions != nil, [.coarseToFine]),
    ]
    return all.filter(\.1).map { ($0.0, $0.2) }
  }

  /// Whether the strategy runs the network at other sizes or reads its heads.
  var needsGraph: Bool {
    [.image, .packed, .featureResampled, .trident].contains(name) || packing.seamExact
  }

  /// Whether the size of windows is to be chosen.
  var leavesSliceOpen: Bool { sliceWidth == nil && sliceHeight == nil }

  /// Whether the strategy runs each network once a picture.
  var runsNetworksOnce: Bool { [.single, .image, .packed, .feature].contains(name) }

  /// `base` looked at the way the flags say.
  ///
  /// - Throws: Exit 64 for values out of range and for what does not go together.
  func detector(
    _ base: any Detector, merge: MergeArguments, detection: DetectionArguments
  ) throws -> any Detector {
    if name == .single || name == .feature || packing.seamExact, let flag = merge.firstGiven {
      throw CommandFailure(
        .usage, "\(flag): --pyramid \(name.rawValue) has one pass; its overlap is set by --iou")
    }
    if name == .single { return base }
    do {
      let strategy = try strategy()
      var merging = try merge.merging(strategy.merging(for: base))
      merging.isClassAgnostic = detection.agnosticNms
      merging.classGroups = try ClassNames.groups(
        detection.suppressionGroups, in: base.summary.classNames)
      let detector = try PyramidDetector(base, strategy: strategy, merging: merging)
      // A cut that cannot be made is found before the first picture.
      if let strategy = strategy as? FeatureResampledStrategy {
        _ = try strategy.cutName(for: base)
      }
      return detector
    } catch let error as PyramidError {
      throw CommandFailure(.usage, "\(error)")
    } catch let error as DetectorError {
      throw CommandFailure(.usage, "\(error)")
    } catch let error as GraphError {
      throw CommandFailure(.usage, "--pyramid \(name.rawValue): \(error)")
    }
  }

  private func strategy() throws -> any PyramidStrategy {
    switch name {
    case .single: return SingleStrategy()
    case .feature: return FeatureStrategy(levels: levelNames)
    case .image: return try ImageStrategy(imageOptions())
    case .packed: return try PackedStrategy(imageOptions(), canvas: packing.canvas?.size)
    case .tiles where packing.seamExact:
      return try SeamlessTilesStrategy(coreWidth: sliceWidth, coreHeight: sliceHeight)
    case .tiles:
      var options = TilesStrategy.Options()
      if let sliceWidth { options.slice.width = sliceWidth }
      if let sliceHeight { options.slice.height = sliceHeight }
      if let overlapWidthRatio { options.overlapWidthRatio = overlapWidthRatio }
      if let overlapHeightRatio { options.overlapHeightRatio = overlapHeightRatio }
      options.includesWhole = !noStandardPrediction
      if let scales { options.scales = scales.numbers }
      options.ranges = ranges
      return try TilesStrategy(options)
    case .featureResampled:
      var options = FeatureResampledStrategy.Options()
      if let octaves { options.octaves = octaves }
      if let perOctave { options.levelsPerOctave = perOctave }
      try cutting.apply(to: &options)
      return try FeatureResampledStrategy(options)
    case .trident:
      var options = TridentStrategy.Options()
      if let dilations = cutting.dilations { options.dilations = dilations.values }
      switch ranges {
      case .automatic: break
      case .all:
        options.ranges = try options.dilations.map { _ in try ScaleRange(low: nil, high: nil) }
      case .given(let ranges): options.ranges = ranges
      }
      return try TridentStrategy(options)
    case .coarseToFine:
      var options = CoarseToFineStrategy.Options()
      options.budget = budgetMs
      if let maxRegions { options.maxRegions = maxRegions }
      return try CoarseToFineStrategy(options)
    }
  }

  private func imageOptions() throws -> ImageStrategy.Options {
    var options = ImageStrategy.Options()
    options.scales = scales?.numbers
    options.ladder = try octaves.map {
      try OctaveLadder(levelsPerOctave: perOctave ?? 1, octaves: $0)
    }
    options.isMirrored = flip
    options.ranges = ranges
    options.levels = levelNames
    return options
  }

  private var ranges: RangeChoice { scaleRanges?.choice ?? .automatic }

  private var levelNames: [String]? {
    levels?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
}

/// `none`, or ranges `LOW-HIGH` separated by commas, each end optional.
struct ScaleRangesArgument: ExpressibleByArgument {
  let choice: RangeChoice

  init?(argument: String) {
    if argument == "none" {
      choice = .all
      return
    }
    var ranges: [ScaleRange] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard ends.count == 2, let low = Self.bound(ends[0]), let high = Self.bound(ends[1]),
        let range = try? ScaleRange(low: low, high: high)
      else { return nil }
      ranges.append(range)
    }
    choice = .given(ranges)
  }

  /// `.some(nil)` for an end left out; `nil` for what is no number.
  private static func bound(_ text: Substring) -> Double?? {
    if text.isEmpty || text == "inf" { return .some(nil) }
    return Double(text).map { .some($0) }
  }
}
