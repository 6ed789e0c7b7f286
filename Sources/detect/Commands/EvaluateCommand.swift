internal import ArgumentParser
internal import Detectors
internal import Evaluation
internal import Geometry
internal import Interchange
internal import StrictJSON

/// `detect evaluate --data …`: how well a detector's or another program's results fit labels.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Score detections against labels, as COCO does.",
    discussion: """
      AP is the mean over classes and over IoU 0.5, 0.55, … 0.95 of the area under the curve of \
      precision against recall; AP50 and AP75 are at one IoU, _S, _M and _L for objects below 32², \
      to 96² and above in square pixels; AR is recall with so many detections a picture and class.
      """)

  @OptionGroup(title: "Labels") var labels: DataSetArguments

  @Option(
    help: """
      Score these results instead of running a model: COCO results, this program's records, or a \
      folder of YOLO's text files.
      """)
  var predictions: String?

  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Detection") var detection: DetectionArguments
  @OptionGroup(title: "Faces (built-in model)") var cascade: CascadeArguments
  @OptionGroup(title: "Pyramid") var pyramid: PyramidArguments
  @OptionGroup(title: "Merging") var merge: MergeArguments
  @OptionGroup(title: "Execution") var execution: ExecutionArguments
  @OptionGroup(title: "Pictures") var picture: PictureArguments

  @Flag(help: "One JSON object, with curves, confusion matrix and scores.")
  var json = false

  @Flag(help: "Each class too.")
  var perClass = false

  @Flag(name: .shortAndLong, help: "No progress.")
  var quiet = false

  /// Low, so that curves reach their ends.
  static let defaultScoreThreshold = 0.001
  /// Of the confusion matrix.
  static let confusionThreshold = 0.25

  func validate() throws {
    guard labels.data != nil else { throw ValidationError("--data names the labels") }
    if predictions != nil, model.model != nil {
      throw ValidationError("--predictions and --model both give results: give one of them")
    }
  }

  func run() throws {
    guard let labelled = try labels.load(decoder: picture) else { return }
    let found: [[ScoredPicture.Found]]
    var failed = 0
    if let predictions {
      var leniency = Leniency(isLenient: labels.lenient)
      do {
        let table = try PredictionTable(
          RawArguments.path(for: predictions), for: labelled, decoder: picture,
          leniency: &leniency)
        DataSetArguments.report(leniency, of: "predictions")
        if table.strangers > 0 {
          StandardStreams.message(
            "\(table.strangers) predictions of other pictures or classes left out")
        }
        (found, failed) = (table.found, table.failures)
      } catch let error as AnnotationError {
        throw CommandFailure(.refused, "\(error)")
      }
    } else {
      (found, failed) = try detect(labelled)
    }
    let pictures = found.indices.map {
      ScoredPicture(objects: labelled.objects(of: $0), found: found[$0])
    }
    let classCount = labelled.classNames.count
    let output = EvaluationOutput(
      evaluation: DetectionEvaluation(pictures: pictures, classCount: classCount),
      confusion: ConfusionMatrix(
        pictures: pictures, classCount: classCount, scoreThreshold: Self.confusionThreshold),
      histogram: ScoreHistogram(pictures: pictures, classCount: classCount),
      classNames: labelled.classNames, imageCount: pictures.count, failedCount: failed,
      isPerClass: perClass)
    if json {
      let text = try loading("results") { try JSONWriter.string(of: output.json()) }
      try StandardStreams.output(text + "\n")
    } else {
      try StandardStreams.output(output.text())
    }
    if failed > 0 { throw CommandFailure(.someInputFailed, nil) }
  }

  /// Runs the detector; pictures that fail have no detections and are counted.
  private func detect(
    _ labelled: LabelledPictures
  ) throws -> (found: [[ScoredPicture.Found]], failed: Int) {
    var detection = detection
    detection.confidence =
      detection.confidence ?? ConfidenceArgument(Self.defaultScoreThreshold)
    let recipe = DetectorRecipe(
      model: model, detection: detection, cascade: cascade, pyramid: pyramid, merge: merge,
      execution: execution)
    let (detectors, base) = try recipe.detectors()
    let detector = detectors[0]
    let classes = try labelled.classIndices(of: detector.summary.classNames)
    var decoder = picture.decoder()
    if pyramid.packing.draft { decoder.draftSize = try pyramid.draftSize(for: base) }
    var progress = Progress(total: labelled.paths.count, isQuiet: quiet)
    progress.begin(at: 0, failed: 0)
    var found: [[ScoredPicture.Found]] = []
    var failed = 0
    StopSignal.install()
    for path in labelled.paths {
      if let status = StopSignal.status { throw CommandFailure(status, "stopped") }
      do {
        let source = PictureSource.whole(try decode(path, with: decoder))
        found.append(
          ScoredPicture.found(try source.detections(by: detector).detections, classes: classes))
      } catch {
        let detail = (error as? Failure)?.detail ?? "\(error)"
        progress.message("\(path.shown): \(detail)")
        failed += 1
        found.append([])
      }
      progress.update(done: found.count, failed: failed)
    }
    progress.end()
    return (found, failed)
  }
}
