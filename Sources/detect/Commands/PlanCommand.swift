internal import ArgumentParser
internal import Detectors
internal import Geometry
internal import Imaging
internal import StrictJSON

/// `detect plan PATH…`: what a run would take, before it runs.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Say what a run would take: passes, memory, time.",
    discussion: """
      Reads the headers of up to 8192 of the pictures, then loads the model and runs it, as the run \
      would, over the largest that each worker will meet and over those neighbours that take the \
      most memory together; for the time, over three to six pictures of different sizes.
      """)

  @Argument(help: "As for run.") var paths: [String] = []
  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Detection") var detection: DetectionArguments
  @OptionGroup(title: "Pyramid") var pyramid: PyramidArguments
  @OptionGroup(title: "Merging") var merge: MergeArguments
  @OptionGroup(title: "Faces (built-in model)") var cascade: CascadeArguments
  @OptionGroup(title: "Execution") var execution: ExecutionArguments
  @OptionGroup(title: "Pictures") var picture: PictureArguments
  @OptionGroup(title: "Batches") var batch: BatchArguments

  @Flag(help: "One JSON object instead of lines.")
  var json = false

  func run() throws {
    let inputs = try InputList(
      arguments: paths, lists: batch.lists,
      listing: FolderListing(isRecursive: batch.recursive, followsLinks: batch.follow),
      note: { _ in }
    ).inputs
    guard !inputs.isEmpty else { throw CommandFailure(.noInput, "no inputs") }
    let recipe = DetectorRecipe(
      model: model, detection: detection, cascade: cascade, pyramid: pyramid, merge: merge,
      execution: execution, workers: batch.workers, memoryLimit: batch.maxMemory?.byteCount,
      note: { if !batch.quiet { StandardStreams.message($0) } })
    let clock = ContinuousClock()
    let start = clock.now
    let (detectors, base) = try recipe.detectors()
    let loading = (clock.now - start) / .seconds(1)
    let budget = try MemoryBudget(limit: batch.maxMemory?.byteCount, detectors: detectors)
    var decoder = budget.limiting(picture.decoder())
    if pyramid.packing.draft { decoder.draftSize = try pyramid.draftSize(for: base) }
    let survey = try PictureSurvey(inputs, decoder: decoder)
    let trial = TrialRun(
      inputs: inputs, decoder: decoder, readsRows: pyramid.packing.seamExact,
      detectors: detectors, limits: budget.pipelineLimits)
    try trial.reachPeak(survey)
    // Before the looks: they are not dealt out as a run's pictures are.
    let peak = ResidentMemory.current.peak
    let looks = try trial.looks(survey)
    let time = TimeModel(looks, meanPixelCount: survey.meanPixelCount)
    let perPicture = time.secondsPerPicture(
      workers: batch.workers, threads: try execution.options(workers: batch.workers).threads,
      preparers: budget.pipelineLimits.preparers, processors: Processors.available)
    try report(
      survey, looks[0], base,
      Prediction(peak: peak, seconds: loading + perPicture * Double(inputs.count)))
  }

  private struct Prediction {
    let peak: Int
    let seconds: Double
  }

  private func report(
    _ survey: PictureSurvey, _ middle: TrialRun.Look, _ base: any Detector,
    _ prediction: Prediction
  ) throws {
    let passes = passes(of: middle, base)
    let multiplyAdds = middle.result.pyramid?.multiplyAdds ?? base.summary.multiplyAdds
    let largest = survey.bySize[survey.pictures.count - 1].size
    if json {
      var object = JSONObject()
      object["inputs"] = .integer(survey.inputCount)
      object["largest"] = Self.json(largest)
      object["middle"] = Self.json(middle.picture.size)
      object["passes"] = .array(
        passes.map { pass in
          [
            "kind": .string(pass.kind.rawValue), "name": .string(pass.name),
            "input": Self.json(pass.inputSize),
          ]
        })
      object["multiply_adds"] = .integer(multiplyAdds)
      object["peak_bytes"] = .integer(prediction.peak)
      object["seconds"] = .number((prediction.seconds * 1000).rounded() / 1000)
      return try StandardStreams.output(
        JSONWriter.bytes(of: .object(object)) + [UInt8(ascii: "\n")])
    }
    var text = "inputs          \(survey.inputCount)\n"
    text += "largest         \(largest.width)x\(largest.height)\n"
    text += "middle          \(middle.picture.size.width)x\(middle.picture.size.height)\n"
    for pass in passes {
      text += "\(pass.kind.rawValue)           ".prefix(16)
      text += "\(pass.name) -> \(pass.inputSize.width)x\(pass.inputSize.height)\n"
    }
    text += "multiply-adds   \(multiplyAdds) per picture\n"
    text += "peak memory     \(prediction.peak >> 20) MiB\n"
    text += "time            \((prediction.seconds * 10).rounded() / 10) s\n"
    try StandardStreams.output(text)
  }

  /// The passes over the middle picture.
  private func passes(of middle: TrialRun.Look, _ base: any Detector) -> [PassReport] {
    let size = middle.picture.size
    return middle.result.pyramid?.passes ?? [
      PassReport(
        kind: .level, name: "1x",
        region: Box(minX: 0, minY: 0, maxX: Double(size.width), maxY: Double(size.height)),
        inputSize: base.summary.family == "mtcnn" ? size : base.summary.inputSize)
    ]
  }

  private static func json(_ size: Size) -> JSONValue {
    .array([.integer(size.width), .integer(size.height)])
  }
}
