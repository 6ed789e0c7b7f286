internal import Geometry
package import Imaging
internal import Neural

extension GridDetector: ExplainableDetector {
  /// A box that some cell predicts, with one of its classes.
  private struct Raw {
    /// In input pixels.
    var detection: Detection
    var score: Float
    var origin: Origin?
  }

  private struct Origin {
    var head: Int
    var column: Int
    var row: Int
    var box: Int
  }

  package func explain(
    _ image: Image, _ question: ExplanationQuestion, look: ExplanationLook
  ) throws -> PassExplanation {
    let inputSize = look.inputSize ?? self.inputSize(for: image.size, scale: 1)
    let network = try network(for: inputSize)
    let letterbox = network.withInput(0) {
      fill($0, canvas: inputSize, from: image, resampling: look.resampling)
    }
    try network.run()
    let back = letterbox.map.inverse
    let chosen = try look.levels.map { try headIndices(named: $0) } ?? Set(heads.indices)
    let maps = heads.isEmpty ? [] : try self.maps(of: network, inputSize: inputSize)
    let raw =
      heads.isEmpty
      ? try rawBoxes(network, inputSize)
      : maps.filter { chosen.contains($0.head) }.flatMap(rawCells)
    let verdict = Verdict(
      candidates: look.levels == nil
        ? try overThreshold(network, inputSize)
        : maps.filter { chosen.contains($0.head) }.flatMap { decode($0) },
      suppression: suppression, back: back, clip: clipsToPicture ? image.size : nil)
    let inPicture = raw.map { $0.detection.mapped(through: back) }
    let places = question.choose(
      zip(raw, inPicture).map { raw, detection in
        (Double(raw.score), detection.box.intersectionOverUnion(question.box))
      })
    let candidates = places.map { place in
      var candidate = explanation(raw[place], maps)
      candidate.detection = inPicture[place]
      candidate.overlap = inPicture[place].box.intersectionOverUnion(question.box)
      let threshold = summary.scoreThreshold
      let isOver = raw[place].score > Float(threshold)
      candidate.steps = [
        .init(.score, Double(raw[place].score), limit: threshold, isPassed: isOver)
      ]
      if !isOver {
        candidate.outcome = .belowThreshold
      } else if !(wantedClasses?.contains(Int32(raw[place].detection.classID)) ?? true) {
        candidate.outcome = .unwantedClass
      } else {
        verdict.judge(&candidate, in: raw[place].detection)
      }
      return candidate
    }
    return PassExplanation(
      inputSize: inputSize, candidates: candidates, detections: verdict.detections)
  }

  /// What detection itself sees, in input pixels.
  private func overThreshold(_ network: Network, _ inputSize: Size) throws -> [Detection] {
    let candidates = try candidates(of: network, plan(for: inputSize))
    return candidates.detections(at: Array(candidates.entries.indices))
  }

  /// Every box of a level with its best class and all that make detections.
  private func rawCells(_ map: DenseMap) -> [Raw] {
    var raw: [Raw] = []
    for row in 0..<map.rows {
      for column in 0..<map.columns {
        let cell = map.window(columns: column..<column + 1, rows: row..<row + 1)
        let shift = CoordinateMap(
          scaleX: 1, scaleY: 1, offsetX: Double(column * map.strideInPixels),
          offsetY: Double(row * map.strideInPixels))
        let candidates = candidates(in: cell, scoreThreshold: -1)
        for entry in best(candidates) {
          let box = shift.apply(candidates.boxes[Int(entry.boxIndex)])
          raw.append(
            Raw(
              detection: Detection(
                box: box, score: Double(entry.score), classID: Int(entry.classID)),
              score: entry.score,
              origin: Origin(
                head: map.head, column: column, row: row, box: Int(entry.boxIndex))))
        }
      }
    }
    return raw
  }

  /// As `rawCells` for outputs that are no grids.
  private func rawBoxes(_ network: Network, _ inputSize: Size) throws -> [Raw] {
    let all = try candidates(of: network, plan(for: inputSize), scoreThreshold: -1)
    return best(all).map { entry in
      Raw(
        detection: Detection(
          box: all.boxes[Int(entry.boxIndex)], score: Double(entry.score),
          classID: Int(entry.classID)), score: entry.score)
    }
  }

  private func best(_ candidates: Candidates) -> [Candidates.Entry] {
    let threshold = Float(summary.scoreThreshold)
    var best = [Candidates.Entry?](repeating: nil, count: candidates.boxes.count)
    var wanted = best
    for entry in candidates.entries {
      let box = Int(entry.boxIndex)
      if entry.score > best[box]?.score ?? -.infinity { best[box] = entry }
      if isWanted(entry), entry.score > wanted[box]?.score ?? -.infinity { wanted[box] = entry }
    }
    let sure = candidates.entries.filter { $0.score > threshold && isWanted($0) }
    var told: Set<Candidates.Entry> = []
    return ((best + wanted).compactMap { $0 } + sure).filter { told.insert($0).inserted }
  }

  private func isWanted(_ entry: Candidates.Entry) -> Bool {
    wantedClasses?.contains(entry.classID) ?? true
  }

  private func explanation(_ raw: Raw, _ maps: [DenseMap]) -> CandidateExplanation {
    var candidate = CandidateExplanation(
      level: "", detection: raw.detection, overlap: 0, outcome: .empty)
    guard let origin = raw.origin, let map = maps.first(where: { $0.head == origin.head }) else {
      return candidate
    }
    candidate.level = heads[origin.head].name
    candidate.cell = .init(
      column: origin.column, row: origin.row, strideInPixels: map.strideInPixels)
    guard let decoder = decoder(ofHead: origin.head) as? any FactoredGridDecoder else {
      return candidate
    }
    let values = map.window(
      columns: origin.column..<origin.column + 1, rows: origin.row..<origin.row + 1
    ).values
    candidate.factors = decoder.factors(
      of: values, box: origin.box, classID: raw.detection.classID)
    if origin.box < decoder.priors.count {
      candidate.prior = .init(index: origin.box, anchor: decoder.priors[origin.box])
    }
    return candidate
  }
}

/// What suppression makes of the candidates of a pass.
struct Verdict {
  /// Over the threshold, in input pixels.
  private let candidates: [Detection]
  private let merged: Merged
  private let threshold: Double
  /// Per candidate the place among the detections.
  private var places: [Int?]
  /// In pixels of the picture.
  private(set) var detections: [Detection] = []

  /// - Parameters:
  ///   - back: From input pixels to the picture's.
  ///   - clip: The picture's size, where boxes are cut to it.
  init(
    candidates: [Detection], suppression: Suppression, back: CoordinateMap, clip: Size?
  ) {
    self.candidates = candidates
    threshold = suppression.overlapThreshold
    var merging = Merging(
      .suppression, measure: suppression.measure, threshold: suppression.overlapThreshold,
      isClassAgnostic: suppression.isClassAgnostic, maxDetections: suppression.maxDetections)
    merging.classGroups = suppression.classGroups
    merging.boundary = suppression.boundary
    merging.preLimit = suppression.preLimit
    merged = merging.apply(to: candidates)
    places = [Int?](repeating: nil, count: candidates.count)
    for (leader, detection) in zip(merged.leaders, merged.detections) {
      var detection = detection.mapped(through: back)
      if let clip { detection.clip(to: clip) }
      guard detection.box.isValid else { continue }
      places[leader] = detections.count
      detections.append(detection)
    }
  }

  /// Tells what became of a candidate.
  ///
  /// - Parameter detection: The candidate in input pixels.
  func judge(_ candidate: inout CandidateExplanation, in detection: Detection) {
    let same = candidates.indices.filter {
      candidates[$0].classID == detection.classID
        && abs(candidates[$0].score - detection.score) <= 1e-6
    }
    func distance(_ index: Int) -> Double {
      let box = candidates[index].box
      return abs(box.minX - detection.box.minX) + abs(box.minY - detection.box.minY)
        + abs(box.maxX - detection.box.maxX) + abs(box.maxY - detection.box.maxY)
    }
    guard let index = same.min(by: { distance($0) < distance($1) }) else {
      candidate.outcome = .beyondLimit
      return
    }
    let fate = merged.fates[index]
    switch fate.outcome {
    case .kept: candidate.outcome = places[index].map { .found($0) } ?? .outside
    case .invalid: candidate.outcome = .empty
    case .suppressed, .merged, .decayed:
      candidate.steps.append(
        .init(.overlap, fate.overlap, limit: threshold, isPassed: false))
      candidate.outcome = .suppressed(by: fate.rival.flatMap { places[$0] })
    case .belowScoreThreshold, .beyondPreLimit, .beyondMaxDetections:
      candidate.outcome = .beyondLimit
    }
  }
}
