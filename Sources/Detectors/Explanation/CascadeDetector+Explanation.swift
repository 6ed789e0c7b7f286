internal import Geometry
package import Imaging
internal import Neural

extension CascadeDetector: ExplainableDetector {
  /// A cell of the first network and what each network says of it, whether or not one before has
  /// dropped it.
  private struct Trace {
    var level: Int
    var scale: Double
    var hit: FusedProposalNetwork.Hit
    var proposal: CascadeCandidate
    /// By stage: the score, and the box as the stage leaves it (1-based, inclusive).
    var scores: [Double]
    var boxes: [Box]
    /// The box that the next stage crops.
    var square: Box
    var landmarks: [Point] = []
  }

  /// The surest cells of every level near the box, through all three networks.
  ///
  /// The look's input size means nothing to the cascade; it has no heads.
  package func explain(
    _ image: Image, _ question: ExplanationQuestion, look: ExplanationLook
  ) throws -> PassExplanation {
    var times = StageTimes()
    var stage = CascadeReport.Stage(.proposal)
    let proposed = try proposals.run(image, stage: &stage, times: &times)
    let refined = try refine(proposed, image, &stage, &times)
    let detections = try detect(image).detections

    var traces = try self.traces(image, question, proposed)
    let afterRefinement = try judge(&traces, image, refinement, &times)
    _ = try judge(&traces, image, output, &times)
    let told = zip(traces, afterRefinement).map { trace, square in
      explanation(
        trace, question,
        Survivors(
          proposed: proposed, refined: refined, square: square, detections: detections))
    }
    // Those that came farther first.
    let places = question.choose(
      told.map { (Double($0.steps.filter(\.isPassed).count) + $0.detection.score, $0.overlap) })
    let candidates = places.map { told[$0] }
    return PassExplanation(
      inputSize: image.size, candidates: candidates, detections: detections)
  }

  /// Of each level the surest cell that comes near the box (where none does, the nearest one), and
  /// all that suppression left near it.
  private func traces(
    _ image: Image, _ question: ExplanationQuestion, _ proposed: [CascadeCandidate]
  ) throws -> [Trace] {
    let conventions = options.conventions
    var traces: [Trace] = []
    for (index, level) in try proposals.levels(for: image).enumerated() {
      let found = try proposals.cells(near: question.box, level, image).map { hit -> Trace in
        let proposal = CascadeCandidate(
          box: Box(
            cascadeCell: hit.column, row: hit.row, scale: level.scale,
            precision: conventions.precision),
          score: faceScore(hit.logits[1] - hit.logits[0]), regression: hit.regression)
        let box = conventions.regressed(
          proposal.box, by: hit.regression, plus: conventions.proposalRegressionPlus)
        return Trace(
          level: index, scale: level.scale, hit: hit, proposal: proposal,
          scores: [Double(proposal.score)], boxes: [box], square: conventions.square(box))
      }
      var single = question
      single.count = 1
      let best = single.choose(
        found.map {
          ($0.scores[0], $0.boxes[0].fromInclusive.intersectionOverUnion(question.box))
        })
      let left = found.indices.filter { place in
        found[place].boxes[0].fromInclusive.intersectionOverUnion(question.box)
          >= question.leastOverlap && !best.contains(place)
          && proposed.contains {
            $0.box == found[place].proposal.box && $0.score == found[place].proposal.score
          }
      }
      traces += (best + left).map { found[$0] }
    }
    return traces
  }

  /// One more network on the traces' squares.
  ///
  /// - Returns: The squares that it leaves; `nil` for crops outside the picture.
  private func judge(
    _ traces: inout [Trace], _ image: Image, _ stage: CropStage, _ times: inout StageTimes
  ) throws -> [Box?] {
    let conventions = options.conventions
    var squares = [Box?](repeating: nil, count: traces.count)
    var ignored = 0
    let verdicts = try stage.run(
      traces.map(\.square), image, threshold: -1, times: &times, multiplyAdds: &ignored)
    for verdict in verdicts {
      let square = traces[verdict.index].square
      let box = conventions.regressed(
        square, by: verdict.regression, plus: conventions.regressionPlus)
      traces[verdict.index].scores.append(Double(verdict.score))
      traces[verdict.index].boxes.append(box)
      traces[verdict.index].landmarks = square.landmarks(
        verdict.landmarks, plus: conventions.regressionPlus)
      traces[verdict.index].square = conventions.square(box)
      squares[verdict.index] = traces[verdict.index].square
    }
    return squares
  }

  /// What the stages of detection left.
  private struct Survivors {
    var proposed: [CascadeCandidate]
    var refined: [Box]
    /// The square of the candidate after the refinement.
    var square: Box?
    var detections: [Detection]
  }

  private func explanation(
    _ trace: Trace, _ question: ExplanationQuestion, _ survivors: Survivors
  ) -> CandidateExplanation {
    let kinds: [CandidateExplanation.Step.Kind] = [.proposal, .refinement, .output]
    var steps: [CandidateExplanation.Step] = []
    for (stage, score) in trace.scores.enumerated() {
      let limit = stage == 2 ? summary.scoreThreshold : options.thresholds[stage]
      let isEqualEnough = stage == 0 && options.conventions.keepsProposalsAtThreshold
      steps.append(
        .init(
          kinds[stage], score, limit: limit,
          isPassed: score > limit || (isEqualEnough && score == limit)))
    }
    // The stage that ended its way, else the last.
    let last = steps.firstIndex { !$0.isPassed } ?? steps.count - 1
    let box = trace.boxes[last].fromInclusive
    var candidate = CandidateExplanation(
      level: "level \(trace.level) (x\(rounded(trace.scale)))",
      cell: .init(column: trace.hit.column, row: trace.hit.row, strideInPixels: 2),
      detection: Detection(
        box: box, score: trace.scores[last], classID: 0,
        landmarks: last == 2 ? trace.landmarks : []),
      overlap: box.intersectionOverUnion(question.box), steps: steps, outcome: .belowThreshold)
    guard steps.allSatisfy(\.isPassed) else { return candidate }
    guard steps.count == 3 else {
      candidate.outcome = .outside
      return candidate
    }
    judgeSuppression(&candidate, trace, survivors)
    return candidate
  }

  /// Where a candidate that all networks took was removed by a surer one, if anywhere.
  private func judgeSuppression(
    _ candidate: inout CandidateExplanation, _ trace: Trace, _ survivors: Survivors
  ) {
    let conventions = options.conventions
    let box = candidate.detection.box
    func overlapped(_ boxes: [Box], _ own: Box, plus: Double) -> Double {
      boxes.map { $0.intersectionOverUnion(own, plus: plus) }.max() ?? 0
    }
    func nearest() -> Int? {
      let overlaps = survivors.detections.map { $0.box.intersectionOverUnion(box) }
      let best = overlaps.indices.max { overlaps[$0] < overlaps[$1] }
      return best.flatMap { overlaps[$0] > 0 ? $0 : nil }
    }
    let isProposed = survivors.proposed.contains {
      $0.box == trace.proposal.box && $0.score == trace.proposal.score
    }
    guard isProposed, let square = survivors.square,
      survivors.refined.contains(where: { $0.isWithin(0.1, of: square) })
    else {
      let (boxes, own, limit) =
        isProposed
        ? (survivors.refined, survivors.square ?? trace.square, conventions.refinementOverlap)
        : (
          survivors.proposed.map(\.box), trace.proposal.box,
          min(conventions.levelOverlap, conventions.proposalOverlap)
        )
      candidate.steps.append(
        .init(
          .overlap, overlapped(boxes, own, plus: conventions.unionPlus), limit: limit,
          isPassed: false))
      candidate.outcome = .suppressed(by: nearest())
      return
    }
    let cut = survivors.detections.firstIndex {
      abs($0.score - candidate.detection.score) <= 1e-3
        && $0.box.intersectionOverUnion(box) > 0.9
    }
    if let cut {
      candidate.outcome = .found(cut)
      return
    }
    let overlaps = survivors.detections.map {
      $0.box.intersectionOverMinimum(box, plus: conventions.minimumPlus)
    }
    guard let rival = overlaps.firstIndex(where: { $0 > conventions.outputOverlap }) else {
      candidate.outcome = .beyondLimit
      return
    }
    candidate.steps.append(
      .init(.overlap, overlaps[rival], limit: conventions.outputOverlap, isPassed: false))
    candidate.outcome = .suppressed(by: rival)
  }

  private func rounded(_ scale: Double) -> Double { (scale * 1e4).rounded() / 1e4 }
}

extension ProposalStage {
  /// The cells of a level whose windows touch a box and are of about its size, whatever their score.
  ///
  /// - Parameter box: In continuous source pixels.
  /// - Throws: `GraphError.outOfMemory`, `DetectorError.nonFiniteOutput`.
  func cells(near box: Box, _ level: Level, _ image: Image) throws -> [FusedProposalNetwork.Hit] {
    let side = 12 / level.scale
    let longer = max(box.width, box.height)
    guard side < 4 * longer, side > longer / 4 else { return [] }
    func range(_ low: Double, _ high: Double, _ pixels: Int) -> Swift.Range<Int> {
      let count = LevelTiles.cellCount(
        pixels, poolsPartialWindows: options.conventions.poolsPartialWindows)
      func cell(_ value: Double) -> Int { Int(min(max(value, 0), Double(count))) }
      let first = cell(((low * level.scale - 12) / 2).rounded(.down))
      let end = cell((high * level.scale / 2).rounded(.up))
      return first..<max(first, end)
    }
    let columns = range(box.minX, box.maxX, level.size.width)
    let rows = range(box.minY, box.maxY, level.size.height)
    guard !columns.isEmpty, !rows.isEmpty else { return [] }
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: network.scratchByteCount(columns: columns.count), alignment: 64)
    defer { scratch.deallocate() }
    let tile = FusedProposalNetwork.Tile(
      levelWidth: level.size.width, levelHeight: level.size.height, columns: columns, rows: rows)
    let hits = image.samples.withUnsafeBufferPointer { samples in
      network.hits(in: tile, least: -.infinity, scratch: scratch) {
        row, columns, planes, stride in
        level.resampler.fill(
          rows: row..<row + 1, columns: columns, from: samples, into: planes, planeStride: stride)
      }
    }
    guard let hits else { throw GraphError.outOfMemory(byteCount: 0) }
    for (index, hit) in hits.enumerated() where !(hit.logits.sum() + hit.regression.sum()).isFinite
    {
      throw DetectorError.nonFiniteOutput(name: "P-Net", index: index)
    }
    return hits
  }
}

extension Box {
  /// Whether every edge is within `distance` of the other's.
  fileprivate func isWithin(_ distance: Double, of other: Box) -> Bool {
    max(
      abs(minX - other.minX), abs(minY - other.minY), abs(maxX - other.maxX),
      abs(maxY - other.maxY)) <= distance
  }
}
