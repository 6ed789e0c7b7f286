/// How scores are spread, separately of detections that match an object of their class and of those
/// that do not.
package struct ScoreHistogram: Hashable, Sendable {
  /// Per bin of equal width over `[0, 1]`; a score of 1 is in the last.
  package private(set) var correct: [Int]
  package private(set) var wrong: [Int]

  /// - Parameters:
  ///   - pictures: Detections that match crowds or ignored objects are left out; those beyond 100
  ///     of a picture and class too, as in the evaluation.
  ///   - overlapThreshold: At which a detection matches.
  ///   - binCount: At least 1.
  package init(
    pictures: [ScoredPicture], classCount: Int, overlapThreshold: Double = 0.5, binCount: Int = 20
  ) {
    precondition(binCount > 0)
    correct = [Int](repeating: 0, count: binCount)
    wrong = correct
    for picture in pictures {
      let found = Dictionary(grouping: picture.found, by: \.classIndex)
      let objects = Dictionary(grouping: picture.objects, by: \.classIndex)
      for (index, detections) in found where (0..<classCount).contains(index) {
        let matches = ClassPicture(
          objects: objects[index] ?? [], found: detections,
          detectionLimit: DetectionEvaluation.detectionLimits.max() ?? 0
        ).matches(in: .all, thresholds: [overlapThreshold])
        for (score, outcome) in zip(matches.scores, matches.outcomes) {
          let bin = min(max(Int((score * Double(binCount)).rounded(.down)), 0), binCount - 1)
          switch outcome {
          case .correct: correct[bin] += 1
          case .wrong: wrong[bin] += 1
          case .ignored: break
          }
        }
      }
    }
  }
}
