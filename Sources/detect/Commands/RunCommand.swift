internal import ArgumentParser
internal import Detectors
internal import Files
internal import Imaging
internal import Interchange
internal import ModelFormats
internal import StrictJSON

/// `detect PATH…`: finds objects in pictures and writes a record for each.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Find objects in pictures (the default command).",
    usage: "detect [run] PATH… [--model MODEL] [options]")

  @Argument(
    help: """
      Pictures, folders of pictures, patterns in quotes, or - for a list of paths on standard input.
      """)
  var paths: [String] = []

  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Detection") var detection: DetectionArguments
  @OptionGroup(title: "Faces (built-in model)") var cascade: CascadeArguments
  @OptionGroup(title: "Pyramid") var pyramid: PyramidArguments
  @OptionGroup(title: "Merging") var merge: MergeArguments
  @OptionGroup(title: "Execution") var execution: ExecutionArguments
  @OptionGroup(title: "Pictures") var picture: PictureArguments

  @OptionGroup(title: "Filters") var filters: FilterArguments
  @OptionGroup(title: "Batches") var batch: BatchArguments

  @Option(help: "\(ResultFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format = ResultFormat.json

  @Option(help: "COCO annotations that give image and category ids (with --format coco).")
  var data: String?

  @Option(
    name: .shortAndLong,
    help: "Write here instead of standard output; a folder for yolo, voc, ultralytics.")
  var output: String?

  @Option(help: "Write pictures with the detections drawn in into this folder.")
  var saveImage: String?

  @Option(help: "Write a picture of each detection into this folder.")
  var crops: String?

  @Option(help: "Write pictures with the heatmap laid over them into this folder.")
  var saveHeatmap: String?

  @Flag(help: "Indent the JSON records for people.")
  var pretty = false

  @Flag(help: "Add the milliseconds spent to each JSON record.")
  var timing = false

  func validate() throws {
    if paths.isEmpty && batch.filesFrom.isEmpty {
      throw ValidationError("no PATH given; --files-from takes a list")
    }
    if (batch.resume || batch.restart) && output == nil {
      throw ValidationError("--resume and --restart go with --output")
    }
    if format.isPerInput && output == nil {
      throw ValidationError(
        "--format \(format.rawValue) writes one file per picture: give a folder by --output")
    }
    if data != nil && format != .coco { throw ValidationError("--data goes with --format coco") }
    if (pretty || timing) && format != .json {
      throw ValidationError("--pretty and --timing go with --format json")
    }
    if cascade.explainStages && format != .json {
      throw ValidationError("--explain-stages goes with --format json")
    }
    if !model.isBuiltIn, let flag = cascade.firstGiven {
      throw ValidationError("\(flag) goes with the built-in model \(CascadeDetector.builtInName)")
    }
    if saveHeatmap != nil && pyramid.name != .single {
      throw ValidationError(
        "--save-heatmap goes with --pyramid single: other strategies see several")
    }
    if pyramid.packing.draft && (saveImage != nil || saveHeatmap != nil || crops != nil) {
      throw ValidationError("--draft: pictures, heatmaps and crops are saved of the whole picture")
    }
    if model.isBuiltIn && model.weights != nil {
      throw ValidationError("--weights goes with a Darknet --model")
    }
  }

  private func recipe(pictureCount: Int? = nil) -> DetectorRecipe {
    DetectorRecipe(
      model: model, detection: detection, cascade: cascade, pyramid: pyramid, merge: merge,
      execution: execution, workers: batch.workers, pictureCount: pictureCount,
      memoryLimit: batch.maxMemory?.byteCount,
      note: { if !batch.quiet { StandardStreams.message($0) } })
  }

  func run() throws {
    let target = output.map { RawArguments.path(for: $0) }
    if format.isPerInput, let target { _ = try OutputFolder(target) }
    let places = target.flatMap { target in
      format.isPerInput || !ResultFile.isDirect(target)
        ? Resumption.Places(output: target, isFolder: format.isPerInput) : nil
    }
    let lock = try places.map { try OutputLock($0.lock, guarding: $0.output) }
    defer { withExtendedLifetime(lock) {} }

    var listing = FolderListing(isRecursive: batch.recursive, followsLinks: batch.follow)
    let pictureFolder = try saveImage.map { try OutputFolder(RawArguments.path(for: $0)) }
    if let identity = pictureFolder?.identity { listing.excluded.insert(identity) }
    let heatmapFolder = try saveHeatmap.map { try OutputFolder(RawArguments.path(for: $0)) }
    if let identity = heatmapFolder?.identity { listing.excluded.insert(identity) }
    if let identity = pictureFolder?.identity, identity == heatmapFolder?.identity {
      throw CommandFailure(.usage, "--save-image and --save-heatmap name the same folder")
    }
    let cropFolder = try crops.map { try OutputFolder(RawArguments.path(for: $0)) }
    if let identity = cropFolder?.identity { listing.excluded.insert(identity) }
    let (inputs, listed) = try self.inputs(listing)
    let recipe = recipe(pictureCount: inputs.count)
    let name = try recipe.modelName()
    let (detectors, detector) = try recipe.detectors()
    if saveHeatmap != nil && !(detector is any HeatmapSource) {
      throw CommandFailure(
        .usage, "--save-heatmap: family \(detector.summary.family) has no heatmaps")
    }
    let saver = try pictureFolder.map { try PictureSaver(folder: $0, inputs: inputs) }
    let heatmapSaver = try heatmapFolder.map {
      try PictureSaver(folder: $0, inputs: inputs, flag: "--save-heatmap")
    }
    let cropper = cropFolder.map { CropSaver(folder: $0, inputs: inputs) }
    let start = try places.map {
      try Resumption(
        $0, identity: identity(model: name, listed: listed), inputs: inputs,
        mode: batch.resume ? .resume : batch.restart ? .restart : .begin)
    }
    if let start, start.isComplete { return try end(start, inputCount: inputs.count) }
    let sink = try makeSink(
      inputs, target: target, checkpoint: start?.checkpoint ?? Checkpoint(), model: name,
      classNames: detector.summary.classNames)
    let budget = try MemoryBudget(limit: batch.maxMemory?.byteCount, detectors: detectors)
    let filter = try filters.filter(
      detection.confidence, classNames: detector.summary.classNames)
    var decoder = budget.limiting(picture.decoder())
    if pyramid.packing.draft { decoder.draftSize = try pyramid.draftSize(for: detector) }
    var run = BatchRun(
      inputs: inputs, decoder: decoder,
      readsRows: pyramid.packing.seamExact && saver == nil && heatmapSaver == nil
        && cropper == nil,
      workers: detectors.map {
        DetectionRun(
          detector: $0, modelName: name, pyramidName: pyramid.name.rawValue, isTimed: timing,
          explainsStages: cascade.explainStages, filter: filter, saver: saver,
          heatmapSaver: heatmapSaver, cropSaver: cropper)
      }, limits: budget.pipelineLimits, sink: sink, journal: start?.journal,
      progress: Progress(total: inputs.count, isQuiet: batch.quiet))
    if let start { (run.checkpoint, run.hash) = (start.checkpoint, start.hash) }
    if InjectedFault.fromEnvironment() != nil {
      StandardStreams.message("\(InjectedFault.variable) is set: files of that name are failed")
    }
    StopSignal.install()
    let status = try run.process()
    if status == .interrupted || status == .terminated {
      // Threads are still at work: nothing is taken down under them.
      withExtendedLifetime(run) { Termination.now(status) }
    }
    if batch.shard == nil { start?.journal.remove() }
    try end(status, inputCount: inputs.count)
  }

  /// Ends the program of a complete run with its exit code.
  private func end(_ status: ExitStatus, inputCount: Int) throws {
    if batch.errorsOk { return }
    if inputCount == 0 && batch.shard == nil { throw CommandFailure(.noInput, "no inputs") }
    if inputCount > 0 && status != .success { throw CommandFailure(status, nil) }
  }

  /// Ends the program where an earlier one had done everything.
  private func end(_ complete: Resumption, inputCount: Int) throws {
    if !batch.quiet {
      StandardStreams.message("complete already: \(complete.checkpoint.done) done")
    }
    if batch.shard == nil { complete.journal.remove() }
    try end(complete.checkpoint.status(of: inputCount), inputCount: inputCount)
  }

  /// The inputs of this run, and what is to be known of all inputs where it is a part.
  private func inputs(
    _ listing: FolderListing
  ) throws -> (inputs: [InputList.Input], listed: Shard.Whole?) {
    let isQuiet = batch.quiet
    var list = try InputList(arguments: paths, lists: batch.lists, listing: listing) { text in
      if !isQuiet { StandardStreams.message(text) }
    }
    guard let shard = batch.shard else { return (list.inputs, nil) }
    let whole = Shard.Whole(list.inputs.map(\.path))
    list.keep(shard)
    return (list.inputs, whole)
  }

  func identity(model name: String, listed: Shard.Whole?) throws -> RunIdentity {
    let table = ArgumentTable(of: RunCommand.self)
    var options = table.given(in: CommandLineArguments.effective)
      .filter { !BatchArguments.withoutInfluence.contains($0.entry.name) }
      .map { "--\($0.entry.name)" + ($0.value.map { "=\($0)" } ?? "") }
    options.sort()
    options.append("instruction-set=\((try execution.options().instructionSet ?? .best).rawValue)")
    if batch.maxMemory != nil { options.append("workers=\(batch.workers)") }
    options.append("computed-precision=\(try execution.resolvedPrecision().rawValue)")
    return RunIdentity(
      version: Detect.version, model: name, modelSHA256: try recipe().modelHash(), options: options,
      shard: batch.shard.map { shard in
        "\(shard.text)" + (listed.map { " of \($0.count) inputs \($0.hash)" } ?? "")
      })
  }
}
