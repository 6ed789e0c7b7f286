internal import Geometry

/// How well detections fit labels, as COCO's own program counts it
/// (`pycocotools.cocoeval.COCOeval` for boxes, all parameters at their defaults).
///
/// One difference: there an annotation of the number 0 counts as never found; here numbers of
/// annotations have no meaning.
package struct DetectionEvaluation: Sendable {
  /// Least overlaps at which detections are matched: 0.5, 0.55, … 0.95.
  package static let overlapThresholds: [Double] = {
    // As numpy's linspace rounds them.
    let first = 0.5
    let last = 0.95
    let step: Double = (last - first) / 9
    var thresholds: [Double] = []
    for index in 0..<9 { thresholds.append(Double(index) * step + first) }
    return thresholds + [last]
  }()
  /// Detections per picture and class that are looked at.
  package static let detectionLimits = [1, 10, 100]

  /// The results of one class.
  package struct ClassResult: Sendable {
    /// `nil` in its numbers where no object of the class counts.
    package var summary = EvaluationSummary()
    /// Per overlap threshold; empty where no object of the class counts.
    package var curves: [PrecisionRecallCurve] = []
    /// Objects labelled, without crowds and ignored ones.
    package var objectCount = 0
    package var detectionCount = 0
  }

  package let summary: EvaluationSummary
  /// Per class index.
  package let classes: [ClassResult]

  /// - Parameters:
  ///   - pictures: In the order that breaks ties between equal scores; COCO's is by picture number.
  ///   - classCount: Objects and detections of other class indices are left out.
  /// - Complexity: per picture and class O(objects * detections), at most 100 detections.
  package init(pictures: [ScoredPicture], classCount: Int) {
    // Sparse: [classes] of the pictures that have something of the class.
    var objects = [[Int: [ScoredPicture.Object]]](repeating: [:], count: classCount)
    var found = [[Int: [ScoredPicture.Found]]](repeating: [:], count: classCount)
    for (index, picture) in pictures.enumerated() {
      for object in picture.objects where (0..<classCount).contains(object.classIndex) {
        objects[object.classIndex][index, default: []].append(object)
      }
      for detection in picture.found where (0..<classCount).contains(detection.classIndex) {
        found[detection.classIndex][index, default: []].append(detection)
      }
    }
    let limit = Self.detectionLimits.max() ?? 0
    classes = (0..<classCount).map { index in
      let present = Set(objects[index].keys).union(found[index].keys).sorted()
      let parts = present.map {
        ClassPicture(
          objects: objects[index][$0] ?? [], found: found[index][$0] ?? [], detectionLimit: limit)
      }
      var result = Self.result(of: parts)
      result.detectionCount = found[index].values.reduce(0) { $0 + $1.count }
      return result
    }
    summary = EvaluationSummary(meanOf: classes.map(\.summary))
  }

  /// The curve of one class index at the overlap threshold nearest to `overlap`.
  package func curve(ofClass index: Int, overlap: Double) -> PrecisionRecallCurve? {
    let nearest = Self.overlapThresholds.indices.min {
      abs(Self.overlapThresholds[$0] - overlap) < abs(Self.overlapThresholds[$1] - overlap)
    }
    guard let nearest, classes[index].curves.indices.contains(nearest) else { return nil }
    return classes[index].curves[nearest]
  }

  /// The mean of all classes' precisions at one overlap, at each of
  /// `PrecisionRecallCurve.recalls`; `nil` where nothing is labelled.
  package func meanPrecisions(overlap: Double) -> [Double]? {
    let curves = classes.indices.compactMap { curve(ofClass: $0, overlap: overlap) }
    guard !curves.isEmpty else { return nil }
    return PrecisionRecallCurve.recalls.indices.map { recall in
      curves.reduce(0) { $0 + $1.precisions[recall] } / Double(curves.count)
    }
  }

  private static func result(of parts: [ClassPicture]) -> ClassResult {
    var result = ClassResult()
    let all = parts.map { $0.matches(in: .all, thresholds: overlapThresholds) }
    result.objectCount = all.reduce(0) { $0 + $1.objectCount }
    result.curves = curves(of: all, detectionLimit: 100) ?? []
    func precision(_ range: AreaRange) -> (precision: Double?, recall: Double?) {
      let matches = parts.map { $0.matches(in: range, thresholds: overlapThresholds) }
      let curves = curves(of: matches, detectionLimit: 100)
      return (mean(curves?.map(\.averagePrecision)), mean(curves?.map(\.recall)))
    }
    var summary = EvaluationSummary()
    if !result.curves.isEmpty {
      summary.averagePrecision = mean(result.curves.map(\.averagePrecision))
      summary.averagePrecision50 = result.curves[0].averagePrecision
      summary.averagePrecision75 = result.curves[5].averagePrecision
      summary.averageRecall100 = mean(result.curves.map(\.recall))
      summary.averageRecall1 = mean(curves(of: all, detectionLimit: 1)?.map(\.recall))
      summary.averageRecall10 = mean(curves(of: all, detectionLimit: 10)?.map(\.recall))
    }
    (summary.averagePrecisionSmall, summary.averageRecallSmall) = precision(.small)
    (summary.averagePrecisionMedium, summary.averageRecallMedium) = precision(.medium)
    (summary.averagePrecisionLarge, summary.averageRecallLarge) = precision(.large)
    result.summary = summary
    return result
  }

  private static func mean(_ values: [Double]?) -> Double? {
    values.flatMap { $0.isEmpty ? nil : $0.reduce(0, +) / Double($0.count) }
  }

  /// The curves of one class, per threshold; `nil` when there is nothing to be found.
  ///
  /// - Parameter detectionLimit: Surest detections of each picture that are looked at.
  private static func curves(
    of pictures: [ClassMatches], detectionLimit: Int
  ) -> [PrecisionRecallCurve]? {
    let objectCount = pictures.reduce(0) { $0 + $1.objectCount }
    guard objectCount > 0 else { return nil }
    // (picture, detection), surest first, equal scores by the earlier picture.
    let places = pictures.indices.flatMap { picture in
      pictures[picture].scores.indices.prefix(detectionLimit).map { (picture, $0) }
    }
    let order = byScore(places.map { pictures[$0.0].scores[$0.1] })
    return overlapThresholds.indices.map { threshold in
      var outcomes: [(isCorrect: Bool, score: Double)] = []
      for index in order {
        let (picture, detection) = places[index]
        let matches = pictures[picture]
        let outcome = matches.outcomes[threshold * matches.scores.count + detection]
        // An ignored detection moves neither count, so COCO's curve repeats a point there.
        if outcome != .ignored {
          outcomes.append((outcome == .correct, matches.scores[detection]))
        }
      }
      return PrecisionRecallCurve(outcomes: outcomes, objectCount: objectCount)
    }
  }
}
