/// Precision against recall of one class at one overlap, over all pictures.
package struct PrecisionRecallCurve: Hashable, Sendable {
  /// 0, 0.01, … 1: where COCO reads the curve.
  package static let recalls: [Double] = (0...100).map { index -> Double in
    index == 100 ? 1 : Double(index) * 0.01
  }

  /// The greatest precision at or beyond each of `recalls`; 0 where the recall is not reached.
  package var precisions: [Double]
  /// The score of the detection at which each of `recalls` is reached; 0 where it is not.
  package var scores: [Double]
  /// Of all detections.
  package var recall: Double

  /// The area under the curve as COCO counts it: the mean of the precisions.
  package var averagePrecision: Double {
    precisions.reduce(0, +) / Double(precisions.count)
  }

  /// - Parameters:
  ///   - outcomes: Of the detections, surest first, without ignored ones.
  ///   - objectCount: Objects to be found, at least one.
  init(outcomes: [(isCorrect: Bool, score: Double)], objectCount: Int) {
    // [detections]
    var recalls: [Double] = []
    var precisions: [Double] = []
    var correct = 0.0
    for (index, outcome) in outcomes.enumerated() {
      if outcome.isCorrect { correct += 1 }
      recalls.append(correct / Double(objectCount))
      precisions.append(correct / (Double(index + 1) + Double(1).ulp))
    }
    for index in precisions.indices.dropFirst().reversed()
    where precisions[index] > precisions[index - 1] {
      precisions[index - 1] = precisions[index]
    }
    recall = recalls.last ?? 0
    self.precisions = []
    scores = []
    var index = 0
    for wanted in Self.recalls {
      while index < recalls.count && recalls[index] < wanted { index += 1 }
      let isReached = index < recalls.count
      self.precisions.append(isReached ? precisions[index] : 0)
      scores.append(isReached ? outcomes[index].score : 0)
    }
  }
}
