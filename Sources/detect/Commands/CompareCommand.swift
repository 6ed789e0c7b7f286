internal import ArgumentParser
internal import Detectors
internal import Evaluation
internal import Geometry
internal import Interchange
internal import StrictJSON

/// `detect compare PATH…`: strategies side by side, in numbers and in pictures.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare pyramid strategies on pictures.",
    discussion: """
      With --data by average precision against labels, else by agreement with a reference strategy. \
      Every picture goes through all strategies in turn.
      """)

  @Argument(help: "Pictures and folders of pictures (default: those of --data).")
  var paths: [String] = []

  @Option(
    help: """
      Strategies, separated by commas (default: all that the model can follow; none with --with).
      """)
  var pyramids: String?

  @Option(
    help: """
      One more strategy, with flags of its own, in quotes, such as "tiles --slice-width 256".
      """)
  var with: [String] = []

  @Option(help: "The strategy that others are held to (default: the first).")
  var reference: String?

  @OptionGroup(title: "Labels") var labels: DataSetArguments
  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Detection") var detection: DetectionArguments
  @OptionGroup(title: "Faces (built-in model)") var cascade: CascadeArguments
  @OptionGroup(title: "Merging") var merge: MergeArguments
  @OptionGroup(title: "Execution") var execution: ExecutionArguments
  @OptionGroup(title: "Pictures") var picture: PictureArguments

  @Option(name: .customLong("repeat"), help: "Runs of each strategy over each picture.")
  var repeats = 1

  @Option(help: "Write a report, one HTML file, here.")
  var report: String?

  @Option(help: "Pictures shown in the report, those first on which strategies differ most.")
  var reportPictures = 12

  @Flag(help: "One JSON object.")
  var json = false

  @Flag(name: .shortAndLong, help: "No progress and no notes on what is skipped.")
  var quiet = false

  /// Detections above it are shown and counted where labels ask for a lower `--conf`.
  static let shownThreshold = 0.25

  func validate() throws {
    guard !paths.isEmpty || labels.data != nil else {
      throw ValidationError("no PATH given, and no --data")
    }
    guard paths.isEmpty || labels.data == nil else {
      throw ValidationError("--data brings its pictures; --subset chooses among them")
    }
    guard (1...100).contains(repeats) else {
      throw ValidationError("--repeat is between 1 and 100")
    }
    guard (0...100).contains(reportPictures) else {
      throw ValidationError("--report-pictures is between 0 and 100")
    }
    _ = try strategies()
  }

  func run() throws {
    let reportFile = try report.map { try OutputFile(RawArguments.path(for: $0)) }
    let labelled = try labels.load(decoder: picture)
    let inputs = try labelled?.paths ?? self.inputs()
    let (contenders, leftOut, classNames) = try self.contenders(labelled)
    let wanted = reference ?? contenders[0].name
    guard let referenceIndex = contenders.firstIndex(where: { $0.name == wanted }) else {
      throw CommandFailure(.usage, "--reference \(wanted) is not among the strategies compared")
    }
    var run = ComparisonRun(contenders, decoder: picture.decoder(), repeats: repeats)
    var progress = Progress(total: inputs.count, isQuiet: quiet)
    StopSignal.install()
    progress.begin(at: 0, failed: 0)
    try run.process(inputs, progress: &progress)
    progress.end()
    let shown =
      labelled == nil ? detection.conf ?? 0 : max(detection.conf ?? 0, Self.shownThreshold)
    let result = ComparisonResult(
      run, labelled: labelled, classCount: classNames.count, reference: referenceIndex,
      shownThreshold: shown, leftOut: leftOut,
      modelName: model.isBuiltIn
        ? CascadeDetector.builtInName : ModelArguments.name(ofPath: try model.path()))
    if let reportFile {
      let pictures = ComparedPictures(
        run, labelled: labelled, paths: inputs, limit: reportPictures, shownThreshold: shown)
      let page = ComparisonReport(result: result, pictures: pictures, classNames: classNames)
      try page.write { try reportFile.write(Array($0.utf8)) }
      try reportFile.finish()
    }
    if json {
      let text = try loading("results") { try JSONWriter.string(of: result.json()) }
      try StandardStreams.output(text + "\n")
    } else {
      try StandardStreams.output(result.text())
    }
    if !run.failed.isEmpty {
      throw CommandFailure(run.failed.count == inputs.count ? .noInput : .someInputFailed, nil)
    }
  }

  private func inputs() throws -> [InputPath] {
    let isQuiet = quiet
    let list = try InputList(
      arguments: paths, lists: [], listing: FolderListing(isRecursive: false)
    ) { text in
      if !isQuiet { StandardStreams.message(text) }
    }
    guard !list.inputs.isEmpty else { throw CommandFailure(.noInput, "no inputs") }
    return list.inputs.map(\.path)
  }

  /// The strategies asked for, each with its flags.
  ///
  /// - Throws: `ValidationError` for names and flags that there are not.
  private func strategies() throws -> [(name: String, pyramid: PyramidArguments)] {
    let names =
      pyramids?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      ?? (with.isEmpty ? PyramidArguments.Name.allCases.map(\.rawValue) : [])
    var strategies: [(name: String, pyramid: PyramidArguments)] = []
    for text in names + with {
      let words = text.split(separator: " ").map(String.init)
      let name = words.joined(separator: " ")
      guard !strategies.contains(where: { $0.name == name }) else {
        throw ValidationError("strategy \(name) is given twice")
      }
      do {
        let pyramid = try PyramidArguments.parse(["--pyramid"] + words)
        if pyramid.packing.draft {
          throw ValidationError("--draft: every strategy gets the same pixels here")
        }
        strategies.append((name, pyramid))
      } catch {
        throw ValidationError("strategy \"\(text)\": \(PyramidArguments.message(for: error))")
      }
    }
    return strategies
  }

  /// A detector for each strategy that the model can follow.
  ///
  /// - Throws: Exit 64 when there is none.
  private func contenders(
    _ labelled: LabelledPictures?
  ) throws -> (
    contenders: [Contender], leftOut: [(name: String, reason: String)], classNames: [String]
  ) {
    var detection = detection
    if labelled != nil {
      detection.confidence =
        detection.confidence ?? ConfidenceArgument(EvaluateCommand.defaultScoreThreshold)
    }
    var contenders: [Contender] = []
    var leftOut: [(name: String, reason: String)] = []
    var classes: [Int?]?
    var classNames: [String] = labelled?.classNames ?? []
    for (name, pyramid) in try strategies() {
      let hasMerging = pyramid.name != .single && pyramid.name != .feature
      let recipe = DetectorRecipe(
        model: model, detection: detection, cascade: cascade, pyramid: pyramid,
        merge: hasMerging ? merge : try MergeArguments.parse([]), execution: execution)
      let before = MemoryPeak.resident
      let detector: any Detector
      do {
        detector = try recipe.detectors().detectors[0]
      } catch let failure as CommandFailure where failure.status == .usage {
        leftOut.append((name, failure.message ?? "not suitable"))
        continue
      }
      let names = detector.summary.classNames
      if labelled == nil { classNames = names }
      let indices =
        try classes ?? labelled?.classIndices(of: names) ?? names.indices.map { $0 }
      classes = indices
      contenders.append(
        Contender(name: name, detector: detector, classes: indices, memoryBefore: before))
    }
    guard !contenders.isEmpty else {
      throw CommandFailure(.usage, leftOut.first.map { "\($0.name): \($0.reason)" })
    }
    for (name, reason) in leftOut where !quiet {
      StandardStreams.message("\(name) is left out: \(reason)")
    }
    return (contenders, leftOut, classNames)
  }
}
