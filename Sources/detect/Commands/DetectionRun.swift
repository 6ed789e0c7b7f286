internal import Detectors
internal import Geometry
internal import Imaging
internal import Interchange
internal import Neural
internal import Pyramids

/// Detection in one picture after the other, by one detector: every input gets its record, whatever
/// happens to it.
struct DetectionRun {
  let detector: any Detector
  let modelName: String
  /// The strategy's name for records.
  let pyramidName: String
  let isTimed: Bool
  let explainsStages: Bool
  let filter: DetectionFilter
  let saver: PictureSaver?
  /// For the heatmaps; its detector is a `HeatmapSource`.
  var heatmapSaver: PictureSaver?
  var cropSaver: CropSaver?
  let fault = InjectedFault.fromEnvironment()

  /// The result of one input.
  func result(of read: ReadPicture, index: Int) -> InputResult {
    let input = read.input
    var result = InputResult(
      key: read.key,
      record: Record(
        path: input.path.bytes, picture: nil, model: modelName, pyramid: pyramidName,
        outcome: .detections([])))
    do {
      let picture = try read.picture.get()
      result.record.picture = picture.description
      try fault?.strike(input.path)
      try detect(
        picture, isListed: input.isListed, decodeTime: read.milliseconds, into: &result.record)
      // Rows may turn out to end early.
      result.record.picture = picture.description
      if case .whole(let decoded) = picture {
        try saver?.save(decoded, result.record, index: index)
        try cropSaver?.save(decoded, result.record, index: index)
        if let heatmapSaver, let heatmap = (detector as? any HeatmapSource)?.scoreMap {
          try heatmapSaver.save(heatmap, over: decoded, index: index)
        }
      }
    } catch let failure as Failure {
      result.fail(failure, isUnreadable: read.isUnreadable)
    } catch let failure as CommandFailure {
      result.fatal = failure
    } catch {
      result.fail(
        Failure(.internal, "internal error, image \(input.path.shown): \(error)"),
        isUnreadable: false)
    }
    return result
  }

  private func detect(
    _ picture: PictureSource, isListed: Bool, decodeTime: Double, into record: inout Record
  ) throws(Failure) {
    let result: DetectionResult
    do {
      result = try picture.detections(by: detector)
    } catch let error as ImagingError {
      throw Failure(error, isListed: isListed)
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
    let kept = filter.keptIndices(result.detections, size: picture.sourceSize)
    record.outcome = .detections(
      kept.map { index in
        let detection = result.detections[index]
        return .init(detection, className: names[detection.classID], pass: origins?[index])
      })
    if explainsStages { record.stages = result.cascade?.stages.map(Record.Stage.init) }
    if isTimed {
      record.timing = Record.Timing(
        decode: decodeTime, preprocess: result.stages.preprocess * 1000,
        inference: result.stages.inference * 1000, postprocess: result.stages.postprocess * 1000)
      record.timing?.inferenceParts = result.stages.inferenceParts.map {
        .init(name: $0.name, time: $0.seconds * 1000)
      }
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
