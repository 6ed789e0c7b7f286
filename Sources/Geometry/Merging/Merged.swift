/// What merging made of a list of detections.
package struct Merged: Sendable {
  /// What became of one detection of the input.
  package struct Fate: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
      /// It leads a result: the surest of those that the result is made of. Where scores decay, the
      /// rival is the detection that overlaps it most of those that decayed it.
      case kept
      /// The rival stayed and removed it.
      case suppressed
      /// It is part of the result that the rival leads.
      case merged
      /// Its score fell below the least score; the rival overlaps it most of those that did it.
      case decayed
      /// It had no area, or a number that is not finite.
      case invalid
      case belowScoreThreshold
      case beyondPreLimit
      case beyondMaxDetections
    }

    package var outcome: Outcome
    /// The index of another detection of the input; `nil` where none was involved.
    package var rival: Int?
    /// The overlap with the rival (or with what it had become by then), by the merging's measure.
    package var overlap = 0.0
    /// The score after merging; meaningful for `.kept` and `.decayed`.
    package var score = 0.0
  }

  /// Surest first, equal scores by the lower index of the leader.
  package private(set) var detections: [Detection] = []
  /// For each result the index of the detection of the input that leads it.
  package private(set) var leaders: [Int] = []
  /// One per detection of the input.
  package internal(set) var fates: [Fate]

  init(inputCount: Int) {
    fates = [Fate](repeating: Fate(outcome: .invalid), count: inputCount)
  }

  /// For each result the indices of the detections it was made of or removed: its leader first,
  /// the others ascending.
  ///
  /// - Complexity: O(detections of the input).
  package var members: [[Int]] {
    var resultOfLeader: [Int: Int] = [:]
    for (result, leader) in leaders.enumerated() { resultOfLeader[leader] = result }
    var members = leaders.map { [$0] }
    for (index, fate) in fates.enumerated()
    where fate.outcome == .suppressed || fate.outcome == .merged {
      if let rival = fate.rival, let result = resultOfLeader[rival] {
        members[result].append(index)
      }
    }
    return members
  }

  /// Adds a result led by the detection `index`.
  mutating func keep(_ index: Int, as detection: Detection) {
    detections.append(detection)
    leaders.append(index)
    fates[index].outcome = .kept
    fates[index].score = detection.score
  }

  /// Brings the results into their order and drops those beyond the limit.
  mutating func finish(maxDetections: Int?) {
    let isOrdered = detections.indices.dropFirst().allSatisfy { place in
      let (before, score) = (detections[place - 1].score, detections[place].score)
      return before > score || (before == score && leaders[place - 1] < leaders[place])
    }
    if !isOrdered {
      let order = detections.indices.sorted { first, second in
        let (score1, score2) = (detections[first].score, detections[second].score)
        return score1 != score2 ? score1 > score2 : leaders[first] < leaders[second]
      }
      detections = order.map { detections[$0] }
      leaders = order.map { leaders[$0] }
    }
    guard let maxDetections, detections.count > max(maxDetections, 0) else { return }
    let limit = max(maxDetections, 0)
    for leader in leaders[limit...] { fates[leader].outcome = .beyondMaxDetections }
    detections.removeSubrange(limit...)
    leaders.removeSubrange(limit...)
  }
}
