internal import Detectors
internal import Geometry
internal import Imaging
internal import Interchange
internal import Neural
internal import Pyramids

/// One pass over all inputs: every input gets its record, whatever happens to it.
struct DetectionRun {
  let detector: any Detector
  let decoder: ImageDecoder
  let modelName: String
  /// The strategy's name for records.
  let pyramidName: String
  let isTimed: Bool
  let explainsStages: Bool
  var sink: any RecordSink
  let saver: PictureSaver?
  /// For the heatmaps; its detector is a `HeatmapSource`.
  var heatmapSaver: PictureSaver?

  /// - Returns: How the program is to end.
  /// - Throws: `CommandFailure` when a result cannot be written.
  mutating func process(_ inputs: [InputList.Input]) throws -> ExitStatus {
    var failedCount = 0
    var unreadableCount = 0
    for (index, input) in inputs.enumerated() {
      if let status = StopSignal.status {
        StandardStreams.message("stopped: \(index) of \(inputs.count) inputs done")
        return status
      }
      guard let failure = try process(input, index: index) else { continue }
      StandardStreams.message("\(input.path.shown): \(failure.detail)")
      failedCount += 1
      if failure.isUnreadable { unreadableCount += 1 }
    }
    try sink.finish()
    if unreadableCount == inputs.count { return .noInput }
    return failedCount > 0 ? .someInputFailed : .success
  }

  /// Writes the record of one input.
  ///
  /// - Returns: Why it has no detections, if so.
  private mutating func process(
    _ input: InputList.Input, index: Int
  ) throws -> InputFailure? {
    var record = Record(
      path: input.path.bytes, picture: nil, model: modelName, pyramid: pyramidName,
      outcome: .detections([]))
    var isUnreadable = true
    do {
      if let reason = input.listingFailure { throw Failure(.io, reason.lowercased()) }
      let clock = ContinuousClock()
      let start = clock.now
      let decoded = try decode(input.path, with: decoder, isListed: input.isListed)
      isUnreadable = false
      let decodeTime = (clock.now - start) / .milliseconds(1)
      record.picture = Record.Picture(
        sourceSize: decoded.image.size, orientation: decoded.orientation,
        isTruncated: decoded.isTruncated)
      try detect(decoded.image, decodeTime: decodeTime, into: &record)
      try saver?.save(decoded, record, index: index)
      if let heatmapSaver, let heatmap = (detector as? any HeatmapSource)?.scoreMap {
        try heatmapSaver.save(heatmap, over: decoded, index: index)
      }
      try sink.write(record, index: index)
      return nil
    } catch let failure as Failure {
      record.outcome = .failure(failure)
      record.timing = nil
      try sink.write(record, index: index)
      if let kind = FileStatus(input.path)?.kind, kind == .other { isUnreadable = false }
      return InputFailure(
        detail: failure.detail, isUnreadable: isUnreadable && failure.kind == .io)
    }
  }

  private func detect(
    _ image: Image, decodeTime: Double, into record: inout Record
  ) throws(Failure) {
    let result: DetectionResult
    do {
      result = try detector.detect(image)
    } catch let error as DetectorError {
      if case .nonFiniteOutput = error { throw Failure(.numeric, "\(error)") }
      if case .pictureTooLarge = error { throw Failure(.limit, "\(error)") }
      throw Failure(.internal, "\(error)")
    } catch let error as PyramidError {
      throw Failure(.limit, "\(error)")
    } catch let error as GraphError {
      if case .outOfMemory = error { throw Failure(.limit, "\(error)") }
      throw Failure(.internal, "\(error)")
    } catch {
      throw Failure(.internal, "\(error)")
    }
    let names = detector.summary.classNames
    record.passes = result.pyramid?.passes.map(Record.Pass.init) ?? []
    let origins = result.pyramid?.origins
    record.outcome = .detections(
      result.detections.enumerated().map { index, detection in
        .init(detection, className: names[detection.classID], pass: origins?[index])
      })
    if explainsStages { record.stages = result.cascade?.stages.map(Record.Stage.init) }
    if isTimed {
      record.timing = Record.Timing(
        decode: decodeTime, preprocess: result.stages.preprocess * 1000,
        inference: result.stages.inference * 1000, postprocess: result.stages.postprocess * 1000)
    }
  }
}

extension Record.Pass {
  fileprivate init(_ pass: PassReport) {
    self.init(
      kind: pass.kind == .level ? .level : .tile, name: pass.name, size: pass.inputSize,
      found: pass.found)
  }
}

extension Record.Stage {
  fileprivate init(_ stage: CascadeReport.Stage) {
    let name =
      switch stage.network {
      case .proposal: "proposal"
      case .refinement: "refinement"
      case .output: "output"
      }
    self.init(
      name: name,
      levels: stage.levels.map {
        Level(scale: $0.scale, size: $0.size, candidates: $0.candidates, kept: $0.kept)
      },
      candidates: stage.candidates, kept: stage.kept, milliseconds: stage.seconds * 1000)
  }
}

/// Why an input failed, as the end of the run needs it.
struct InputFailure {
  let detail: String
  /// The file could not even be opened or read.
  let isUnreadable: Bool
}
