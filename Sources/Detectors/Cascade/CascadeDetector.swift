internal import Geometry
package import Imaging
internal import Neural

/// MTCNN: faces and five landmarks by a cascade of three networks on a ladder of scales
/// (Zhang, Zhang, Li and Qiao 2016, arXiv:1604.02878).
///
/// P-Net proposes boxes at every level, R-Net and O-Net judge and move the crops of what the stage
/// before left. `CascadeConventions` says where programs differ.
package final class CascadeDetector: Detector {
  package let summary: DetectorSummary
  let options: CascadeOptions
  let weights: CascadeWeights
  let proposals: ProposalStage
  let refinement: CropStage
  let output: CropStage

  /// The name under which the built-in weights are chosen.
  package static let builtInName = "mtcnn"

  /// - Throws: `DetectorError.invalidOption`, `GraphError` for an instruction set that the processor
  ///   lacks or threads that cannot be had.
  package init(weights: CascadeWeights, options: CascadeOptions) throws {
    if let threshold = options.scoreThreshold, !(0...1).contains(threshold) {
      throw DetectorError.invalidOption("score threshold \(threshold): it must be in 0...1")
    }
    guard options.maxDetections >= 0 else {
      throw DetectorError.invalidOption("\(options.maxDetections) detections at most")
    }
    let instructionSet = options.instructionSet ?? .best
    guard instructionSet.isAvailable else {
      throw GraphError.instructionSet(
        instructionSet.rawValue, available: InstructionSet.available.map(\.rawValue))
    }
    let workers = try WorkerPool(threads: options.threads)
    self.options = options
    self.weights = weights
    proposals = try ProposalStage(weights: weights, options: options, workers: workers)
    refinement = CropStage(.refinement, weights: weights, options: options, workers: workers)
    output = CropStage(.output, weights: weights, options: options, workers: workers)
    // The work depends on the picture; a network's input size means nothing here.
    summary = DetectorSummary(
      family: "mtcnn", classNames: ["face"], inputSize: Size(width: 12, height: 12),
      scoreThreshold: max(options.scoreThreshold ?? 0, options.thresholds[2]),
      overlapThreshold: options.conventions.outputOverlap,
      maxDetections: options.maxDetections == 0 ? nil : options.maxDetections,
      multiplyAdds: 0, instructionSet: instructionSet.rawValue)
  }

  package func reserve() throws {
    try refinement.reserve()
    try output.reserve()
  }

  /// Finds the faces of one upright picture, of any size: one whose shorter side is below the
  /// smallest face has none.
  ///
  /// - Returns: Boxes and landmarks in continuous source pixels, surest first.
  /// - Throws: `DetectorError.pictureTooLarge`, `.nonFiniteOutput`, `GraphError`.
  package func detect(_ image: Image) throws -> DetectionResult {
    let clock = ContinuousClock()
    let start = clock.now
    var times = StageTimes()
    var stage = CascadeReport.Stage(.proposal)
    let proposed = try proposals.run(image, stage: &stage, times: &times)
    stage.seconds = (clock.now - start).inSeconds
    return try judge(proposed, image, after: stage, times)
  }

  /// The second and third stage.
  func judge(
    _ proposed: [CascadeCandidate], _ image: Image, after proposal: CascadeReport.Stage,
    _ times: StageTimes = StageTimes()
  ) throws -> DetectionResult {
    var result = DetectionResult(detections: [], stages: times)
    let clock = ContinuousClock()
    var start = clock.now
    var refinement = CascadeReport.Stage(.refinement)
    let refined = try refine(proposed, image, &refinement, &result.stages)
    refinement.seconds = (clock.now - start).inSeconds
    start = clock.now
    var output = CascadeReport.Stage(.output)
    result.detections = try finish(refined, image, &output, &result.stages)
    output.seconds = (clock.now - start).inSeconds
    var report = CascadeReport()
    report.stages = [proposal, refinement, output]
    result.cascade = report
    return result
  }

  /// Proposals regressed and squared, through R-Net; its survivors regressed and squared.
  func refine(
    _ proposed: [CascadeCandidate], _ image: Image, _ stage: inout CascadeReport.Stage,
    _ times: inout StageTimes
  ) throws -> [Box] {
    let conventions = options.conventions
    let squares = proposed.map { candidate in
      conventions.square(
        conventions.regressed(
          candidate.box, by: candidate.regression, plus: conventions.proposalRegressionPlus))
    }
    let verdicts = try refinement.run(
      squares, image, threshold: options.thresholds[1], times: &times,
      multiplyAdds: &stage.multiplyAdds)
    let passed = verdicts.map {
      CascadeCandidate(box: squares[$0.index], score: $0.score, regression: $0.regression)
    }
    var suppression = conventions.suppression(conventions.refinementOverlap)
    suppression.preLimit = nil
    suppression.maxDetections = CascadeOptions.outputLimit
    let kept = suppression.keptIndices(passed, laterWinsTies: conventions.laterWinsTies)
    stage.candidates = passed.count
    stage.kept = kept.count
    return kept.map { index in
      conventions.square(
        conventions.regressed(
          passed[index].box, by: passed[index].regression, plus: conventions.regressionPlus))
    }
  }

  /// O-Net: landmarks from the squares, then regression and the last suppression.
  func finish(
    _ squares: [Box], _ image: Image, _ stage: inout CascadeReport.Stage,
    _ times: inout StageTimes
  ) throws -> [Detection] {
    let conventions = options.conventions
    var verdicts = try output.run(
      squares, image, threshold: options.thresholds[2], times: &times,
      multiplyAdds: &stage.multiplyAdds)
    if options.averagesMirroredLandmarks {
      try averageLandmarks(of: &verdicts, squares, image, &stage, &times)
    }
    stage.candidates = verdicts.count
    let found = verdicts.map { verdict in
      let box = squares[verdict.index]
      return Detection(
        box: conventions.regressed(
          box, by: verdict.regression, plus: conventions.regressionPlus),
        score: Double(verdict.score), classID: 0,
        landmarks: box.landmarks(verdict.landmarks, plus: conventions.regressionPlus))
    }
    var suppression = Suppression(
      overlapThreshold: conventions.outputOverlap, measure: .intersectionOverMinimum,
      plus: conventions.minimumPlus, scoreThreshold: options.scoreThreshold,
      maxDetections: summary.maxDetections)
    suppression.removedBoxesSuppress = conventions.removedBoxesSuppress
    let kept = suppression.apply(to: conventions.laterWinsOutputTies ? found.reversed() : found)
    stage.kept = kept.count
    return kept.compactMap { detection in
      var detection = detection
      detection.box = detection.box.fromInclusive
      if options.clipsToPicture { detection.box = detection.box.clipped(to: image.size) }
      return detection.box.isValid ? detection : nil
    }
  }

  /// Runs O-Net on the mirrored crops too.
  private func averageLandmarks(
    of verdicts: inout [CropStage.Verdict], _ squares: [Box], _ image: Image,
    _ stage: inout CascadeReport.Stage, _ times: inout StageTimes
  ) throws {
    // Every crop has been seen to show part of the picture: there is a verdict for each.
    let mirrored = try output.run(
      verdicts.map { squares[$0.index] }, image, threshold: -1, isMirrored: true, times: &times,
      multiplyAdds: &stage.multiplyAdds)
    for (place, other) in zip(verdicts.indices, mirrored) {
      verdicts[place].landmarks = CascadeLandmarks.mean(
        verdicts[place].landmarks, mirrored: other.landmarks)
    }
  }
}
