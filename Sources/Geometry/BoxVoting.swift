/// Box voting: every kept box becomes the score-weighted mean of the candidates that overlap it
/// (Gidaris and Komodakis 2015, arXiv:1505.01749).
package struct BoxVoting: Hashable, Sendable {
  /// Candidates with at least this IoU to the kept box vote.
  package var overlapThreshold: Double
  /// Whether candidates of other classes vote too.
  package var isClassAgnostic: Bool
  package var plus: Double

  package init(overlapThreshold: Double, isClassAgnostic: Bool = false, plus: Double = 0) {
    self.overlapThreshold = overlapThreshold
    self.isClassAgnostic = isClassAgnostic
    self.plus = plus
  }

  /// `kept` with their boxes voted on by `candidates` (which include the kept ones); scores and
  /// order stay. Candidates that are not finite, have no area or a score that is not positive
  /// have no vote.
  package func apply(to kept: [Detection], candidates: [Detection]) -> [Detection] {
    let voters = candidates.filter { $0.box.isValid && $0.score.isFinite && $0.score > 0 }
    return kept.map { detection in
      var sum = Box(minX: 0, minY: 0, maxX: 0, maxY: 0)
      var weight = 0.0
      for voter in voters where isClassAgnostic || voter.classID == detection.classID {
        let overlap = detection.box.intersectionOverUnion(voter.box, plus: plus)
        guard overlap >= overlapThreshold else { continue }
        sum.minX += voter.box.minX * voter.score
        sum.minY += voter.box.minY * voter.score
        sum.maxX += voter.box.maxX * voter.score
        sum.maxY += voter.box.maxY * voter.score
        weight += voter.score
      }
      guard weight > 0 else { return detection }
      var voted = detection
      voted.box = Box(
        minX: sum.minX / weight, minY: sum.minY / weight, maxX: sum.maxX / weight,
        maxY: sum.maxY / weight)
      return voted
    }
  }
}
