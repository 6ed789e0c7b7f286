internal import ArgumentParser
internal import Detectors
internal import Geometry
internal import Imaging
internal import Interchange
internal import Neural
internal import Pyramids

/// `detect explain`: why an object was found or missed.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say why an object in a picture was found or missed.",
    discussion: """
      Tells of the network's best candidates near the box: where they come from (pass, level, cell, \
      anchor), their scores, and what became of them. Takes the flags of `detect run`.
      """)

  @Argument(help: "A picture.")
  var photo: String

  @Option(
    help: ArgumentHelp("Where to look, in upright pixels.", valueName: "x1,y1,x2,y2"))
  var box: NumberListArgument

  @Option(help: "Candidates told, at most.")
  var count = 5

  @Flag(help: "One JSON object.")
  var json = false

  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Detection") var detection: DetectionArguments
  @OptionGroup(title: "Faces (built-in model)") var cascade: CascadeArguments
  @OptionGroup(title: "Pyramid") var pyramid: PyramidArguments
  @OptionGroup(title: "Merging") var merge: MergeArguments
  @OptionGroup(title: "Execution") var execution: ExecutionArguments
  @OptionGroup(title: "Pictures") var picture: PictureArguments

  func validate() throws {
    guard (1...1000).contains(count) else {
      throw ValidationError("--count \(count) is not between 1 and 1000")
    }
    let edges = box.numbers
    guard edges.count == 4, edges.allSatisfy({ abs($0) <= 1e9 }), edges[0] < edges[2],
      edges[1] < edges[3]
    else {
      throw ValidationError("--box is four numbers x1,y1,x2,y2 with x1 < x2 and y1 < y2")
    }
    if !model.isBuiltIn, let flag = cascade.firstGiven {
      throw ValidationError("\(flag) goes with the built-in model \(CascadeDetector.builtInName)")
    }
    if pyramid.packing.draft {
      throw ValidationError("--draft goes with detect run and detect evaluate")
    }
    if cascade.explainStages { throw ValidationError("--explain-stages goes with detect run") }
    if model.isBuiltIn && model.weights != nil {
      throw ValidationError("--weights goes with a Darknet --model")
    }
  }

  func run() throws {
    let recipe = DetectorRecipe(
      model: model, detection: detection, cascade: cascade, pyramid: pyramid, merge: merge,
      execution: execution)
    let detectors = try recipe.detectors().detectors
    let explainer: PyramidExplainer
    do {
      explainer = try PyramidExplainer(detectors[0])
    } catch {
      throw CommandFailure(.usage, "\(error)")
    }
    let path = RawArguments.path(for: photo)
    let image: Image
    do {
      image = try decode(path, with: picture.decoder()).image
    } catch {
      let status = error.kind == .io ? ExitStatus.noInput : .someInputFailed
      throw CommandFailure(status, "\(path.shown): \(error.detail)")
    }
    let edges = box.numbers
    var question = ExplanationQuestion(
      box: Box(minX: edges[0], minY: edges[1], maxX: edges[2], maxY: edges[3]))
    question.count = count
    guard question.box.clipped(to: image.size).isValid else {
      throw CommandFailure(
        .usage, "--box lies outside the picture of \(image.size.width)x\(image.size.height) pixels")
    }
    let explanation: PictureExplanation
    do {
      explanation = try explainer.explain(image, question)
    } catch let error as DetectorError {
      if case .invalidOption = error { throw CommandFailure(.usage, "\(error)") }
      throw CommandFailure(.someInputFailed, "\(path.shown): \(error)")
    } catch let error as GraphError {
      throw CommandFailure(.someInputFailed, "\(path.shown): \(error)")
    } catch let error as PyramidError {
      throw CommandFailure(.someInputFailed, "\(path.shown): \(error)")
    }
    let report = ExplanationReport(
      path: path, sourceSize: image.size, modelName: try recipe.modelName(),
      classNames: detectors[0].summary.classNames, question: question, explanation: explanation)
    try StandardStreams.output(json ? report.json() : Array(report.text.utf8))
  }
}
