internal import Geometry
package import Imaging

extension HeatmapDetector: ExplainableDetector {
  package func explain(
    _ image: Image, _ question: ExplanationQuestion, look: ExplanationLook
  ) throws -> PassExplanation {
    guard plan.family != .dbText else {
      throw DetectorError.invalidOption(
        "text lines are regions of many cells: there is no cell to tell of")
    }
    let inputSize = look.inputSize ?? self.inputSize(for: image.size, scale: 1)
    let network = try network(for: inputSize)
    let letterbox = network.withInput(0) {
      fill($0, canvas: inputSize, from: image, resampling: look.resampling)
    }
    try infer()
    let back = letterbox.map.inverse
    guard let maps = heatmapMaps else {
      return PassExplanation(inputSize: inputSize, candidates: [], detections: [])
    }
    let verdict = verdict(maps, inputSize: inputSize, back: back, picture: image.size)
    // The surest class of each cell.
    let raw = (0..<maps.cellCount).map { cell in
      decoder.detection(
        cell: cell, classID: surestClass(at: cell, in: maps), maps, inputSize: inputSize)
    }
    let inPicture = raw.map { $0.mapped(through: back) }
    let overlaps = inPicture.map { $0.box.intersectionOverUnion(question.box) }
    let places = question.choose(zip(raw, overlaps).map { ($0.score, $1) })
    let candidates = places.map { cell in
      var candidate = CandidateExplanation(
        level: heads.first?.name ?? "",
        cell: .init(
          column: cell % maps.columns, row: cell / maps.columns,
          strideInPixels: plan.conventions.strideInPixels),
        detection: inPicture[cell], overlap: overlaps[cell], outcome: .belowThreshold)
      candidate.window = window(around: cell, classID: raw[cell].classID, in: maps)
      judge(&candidate, raw[cell], verdict)
      return candidate
    }
    return PassExplanation(
      inputSize: inputSize, candidates: candidates, detections: verdict.detections)
  }

  /// Detection itself, with what became of its candidates.
  private func verdict(
    _ maps: HeatmapMaps, inputSize: Size, back: CoordinateMap, picture: Size
  ) -> Verdict {
    var conventions = decoder.conventions
    var suppression = conventions.suppression ?? Suppression(overlapThreshold: 1)
    suppression.maxDetections = summary.maxDetections
    conventions.suppression = nil
    let candidates = HeatmapDecoder(conventions).decode(
      maps, inputSize: inputSize, scoreThreshold: summary.scoreThreshold, classes: wantedClasses)
    return Verdict(
      candidates: candidates, suppression: suppression, back: back,
      clip: clipsToPicture ? picture : nil)
  }

  private func judge(
    _ candidate: inout CandidateExplanation, _ raw: Detection, _ verdict: Verdict
  ) {
    let isOver = raw.score > summary.scoreThreshold
    candidate.steps = [
      .init(.score, raw.score, limit: summary.scoreThreshold, isPassed: isOver)
    ]
    guard isOver else { return }
    guard wantedClasses?.contains(raw.classID) ?? true else {
      candidate.outcome = .unwantedClass
      return
    }
    if decoder.conventions.peaks == .localMaxima {
      let largest = candidate.window.compactMap { $0 }.max() ?? raw.score
      let isPeak = raw.score >= largest
      candidate.steps.append(.init(.peak, raw.score, limit: largest, isPassed: isPeak))
      guard isPeak else {
        candidate.outcome = .notPeak
        return
      }
    }
    verdict.judge(&candidate, in: raw)
  }

  private func surestClass(at cell: Int, in maps: HeatmapMaps) -> Int {
    var best = 0
    for classID in 1..<max(maps.classCount, 1)
    where maps.heat[classID * maps.cellCount + cell] > maps.heat[best * maps.cellCount + cell] {
      best = classID
    }
    return best
  }

  private func window(around cell: Int, classID: Int, in maps: HeatmapMaps) -> [Double?] {
    let (row, column) = cell.quotientAndRemainder(dividingBy: maps.columns)
    return (row - 1...row + 1).flatMap { y in
      (column - 1...column + 1).map { x -> Double? in
        guard (0..<maps.rows).contains(y), (0..<maps.columns).contains(x) else { return nil }
        return Double(maps.heat[classID * maps.cellCount + y * maps.columns + x])
      }
    }
  }
}
