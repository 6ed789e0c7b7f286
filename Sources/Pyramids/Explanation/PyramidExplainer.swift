package import Detectors
package import Geometry
package import Imaging

/// Says what a detector, looking the way a strategy says, made of a place in a picture: the best
/// candidates of every pass that saw it, and what became of each.
///
/// Detects first; then every pass that saw the place runs once more, cell by cell.
package struct PyramidExplainer {
  private let pyramid: PyramidDetector
  private let base: any ExplainableDetector

  /// - Parameter detector: A `PyramidDetector`, or a detector by itself.
  /// - Throws: `PyramidError.unsuitable` where passes cannot be told apart cell by cell.
  package init(_ detector: any Detector) throws(PyramidError) {
    pyramid =
      if let pyramid = detector as? PyramidDetector { pyramid } else {
        try PyramidDetector(detector, strategy: SingleStrategy(), merging: Merging(.none))
      }
    guard let base = pyramid.base as? any ExplainableDetector else {
      throw .unsuitable(
        strategy: pyramid.strategy.name,
        reason: "family \(pyramid.summary.family) cannot tell of its candidates")
    }
    self.base = base
    let strategy = pyramid.strategy
    guard
      strategy is SingleStrategy || strategy is ImageStrategy || strategy is TilesStrategy
        || strategy is FeatureStrategy || strategy is CoarseToFineStrategy
    else {
      throw .unsuitable(
        strategy: strategy.name,
        reason: "its passes share networks in a way that cannot be told cell by cell; what single, "
          + "image, tiles, feature and coarse-to-fine do can be explained")
    }
  }

  /// Explains a place.
  ///
  /// - Returns: All in pixels of the picture.
  /// - Throws: `DetectorError`, `GraphError`.
  package func explain(
    _ image: Image, _ question: ExplanationQuestion
  ) throws -> PictureExplanation {
    let results = try pyramid.strategy.look(at: image, with: pyramid.base)
    let joined = pyramid.joined(results)
    var explanation = PictureExplanation(
      strategy: pyramid.strategy.name, detections: joined.merged.detections)
    var candidates: [PictureExplanation.Candidate] = []
    for (indices, report) in looks(results.passes.map(\.report)) {
      guard report.region.intersectionArea(question.box) > 0 else { continue }
      explanation.passes += indices.map { results.passes[$0].report }
      let found = joined.origins.indices.filter { indices.contains(joined.origins[$0]) }
      for var candidate in try self.candidates(of: report, image, question) {
        settle(&candidate, among: found, joined)
        let pass = indices.first { results.passes[$0].report.name == candidate.explanation.level }
        candidate.pass = results.passes[pass ?? indices[0]].report
        candidates.append(candidate)
      }
    }
    // What was found comes first.
    let chosen = question.choose(
      candidates.map { candidate in
        let told = candidate.explanation
        return (told.detection.score + (told.outcome.isFound ? 1 : 0), told.overlap)
      })
    explanation.candidates = chosen.map { candidates[$0] }
    return explanation
  }

  /// The networks' runs, each with the passes that it stands for: the heads of `feature` share one.
  private func looks(_ reports: [PassReport]) -> [(indices: [Int], report: PassReport)] {
    if pyramid.strategy is FeatureStrategy, let first = reports.first {
      return [(Array(reports.indices), first)]
    }
    return reports.enumerated().map { ([$0.offset], $0.element) }
  }

  // MARK: - One pass

  /// The candidates of one pass, their outcome by places in `passDetections`.
  private func candidates(
    of report: PassReport, _ image: Image, _ question: ExplanationQuestion
  ) throws -> [PictureExplanation.Candidate] {
    var seen = PassRunner.visible(report.region, of: image)
    let isMirrored = report.name.hasSuffix(" flip")
    if isMirrored { seen = seen.mirrored() }
    var toPass = CoordinateMap(
      scaleX: 1, scaleY: 1, offsetX: -report.region.minX, offsetY: -report.region.minY)
    var look = ExplanationLook()
    if base is any DenseDetector {
      look.inputSize = report.inputSize
      look.resampling = isResized(report, image.size) ? .antialiased : nil
      look.levels = levels
    } else if report.inputSize != seen.size {
      toPass = toPass.then(.resize(from: seen.size, to: report.inputSize))
      seen = seen.resized(to: report.inputSize, filter: .antialiased(.triangle))
    }
    let width = Double(seen.size.width)
    var local = question
    local.box = toPass.apply(question.box)
    if isMirrored {
      local.box = Box(
        minX: width - local.box.maxX, minY: local.box.minY, maxX: width - local.box.minX,
        maxY: local.box.maxY)
    }
    let back = toPass.inverse
    func inPicture(_ detection: Detection) -> Detection {
      (isMirrored ? detection.mirrored(width: width) : detection).mapped(through: back)
    }
    let answer = try base.explain(seen, local, look: look)
    let passDetections = answer.detections.map { detection in
      var detection = inPicture(detection)
      if (base as? any DenseDetector)?.clipsToPicture ?? false { detection.clip(to: image.size) }
      return detection
    }
    return answer.candidates.map { explanation in
      var explanation = explanation
      explanation.detection = inPicture(explanation.detection)
      return PictureExplanation.Candidate(
        pass: report, explanation: explanation, passDetections: passDetections)
    }
  }

  /// Whether the strategy chose a size of its own for the pass.
  private func isResized(_ report: PassReport, _ source: Size) -> Bool {
    report.kind == .level && pyramid.strategy is ImageStrategy
      && report.name.split(separator: " ").first != "1x"
      && report.region.maxX <= Double(source.width)
      && report.region.maxY <= Double(source.height)
  }

  private var levels: [String]? {
    (pyramid.strategy as? FeatureStrategy)?.levels
      ?? (pyramid.strategy as? ImageStrategy)?.options.levels
  }

  // MARK: - All passes

  /// Replaces places within the pass by numbers of the picture's detections, and tells what merging
  /// the passes did.
  private func settle(
    _ candidate: inout PictureExplanation.Candidate, among found: [Int],
    _ joined: (merged: Merged, found: [Detection], origins: [Int])
  ) {
    let merged = joined.merged
    func place(_ passPlace: Int) -> Int? {
      let detection = candidate.passDetections[passPlace]
      return found.first { joined.found[$0].isSame(as: detection) }
    }
    /// The detection that is or took the one at `index`.
    func result(_ index: Int) -> Int? {
      merged.leaders.firstIndex(of: index)
        ?? merged.fates[index].rival.flatMap { merged.leaders.firstIndex(of: $0) }
    }
    switch candidate.explanation.outcome {
    case .suppressed(by: let rival?):
      candidate.explanation.outcome = .suppressed(by: place(rival).flatMap(result))
    case .found(let passPlace):
      guard let index = place(passPlace) else {
        candidate.explanation.outcome = .leftToOtherPass
        return
      }
      let fate = merged.fates[index]
      switch fate.outcome {
      case .kept:
        candidate.explanation.outcome = result(index).map { .found($0) } ?? .beyondLimit
      case .suppressed, .merged, .decayed:
        candidate.explanation.steps.append(
          .init(.overlap, fate.overlap, limit: pyramid.merging.threshold, isPassed: false))
        candidate.explanation.outcome = .merged(into: result(index))
      case .invalid, .belowScoreThreshold, .beyondPreLimit, .beyondMaxDetections:
        candidate.explanation.outcome = .beyondLimit
      }
    default: break
    }
  }
}

/// What a detector made of a place in a picture, by all its passes.
package struct PictureExplanation: Sendable {
  /// A candidate and the pass that it comes from; outcomes name the picture's detections.
  package struct Candidate: Sendable {
    package var pass: PassReport
    package var explanation: CandidateExplanation
    /// What its pass found.
    var passDetections: [Detection]
  }

  package var strategy: String
  /// The passes that saw the place.
  package var passes: [PassReport] = []
  /// In the order of `ExplanationQuestion.choose`.
  package var candidates: [Candidate] = []
  /// All of the picture, surest first.
  package var detections: [Detection]
}

extension Detection {
  /// Whether both are one detection, up to rounding on the way to the picture and back.
  fileprivate func isSame(as other: Detection) -> Bool {
    func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * (1 + abs(a)) }
    return classID == other.classID && isNear(score, other.score)
      && isNear(box.minX, other.box.minX) && isNear(box.minY, other.box.minY)
      && isNear(box.maxX, other.box.maxX) && isNear(box.maxY, other.box.maxY)
  }
}
