extension Merging {
  /// Non-maximum merging: every detection collects the less sure ones that overlap it by at least
  /// the threshold and are not collected yet, for the leader that collected it or for itself
  /// (greedy: only leaders collect). Then each leader's box grows, surest first, to the hull with
  /// every collected one that overlaps, by more than the threshold, what the box has become so far;
  /// the others are dropped.
  ///
  /// Score, class, landmarks and outline stay those of the leader.
  func hull(_ detections: [Detection], _ order: [Int], into merged: inout Merged) {
    let isGreedy = kind == .greedyNonMaximumMerging
    var rest = BoxGrid(measure: measure, least: threshold, capacity: order.count)
    rest.fill(
      count: order.count, box: { detections[order[$0]].box },
      group: { group(detections[order[$0]]) })
    var leaderOfPlace = [Int](repeating: -1, count: order.count)
    // By leader's place; in the order of collection.
    var collected: [Int: [Int]] = [:]
    var leaders: [Int] = []
    var found: [Int] = []
    for (place, index) in order.enumerated() {
      let isLeader = leaderOfPlace[place] < 0
      if isLeader {
        leaders.append(place)
        rest.remove(place)
      } else if isGreedy {
        continue
      }
      let detection = detections[index]
      found.removeAll(keepingCapacity: true)
      rest.search(detection.box, group: group(detection)) { number, overlap in
        if overlap > 0 && overlap >= threshold { found.append(number) }
        return false
      }
      found.sort()
      let leader = isLeader ? place : leaderOfPlace[place]
      for number in found {
        leaderOfPlace[number] = leader
        rest.remove(number)
      }
      if !found.isEmpty { collected[leader, default: []] += found }
    }
    for leader in leaders {
      let index = order[leader]
      var result = detections[index]
      for place in collected[leader] ?? [] {
        let other = detections[order[place]].box
        let overlap = measure.overlap(result.box, other)
        let merges = overlap > threshold
        if merges { result.box = result.box.enclosing(other) }
        merged.fates[order[place]] = Merged.Fate(
          outcome: merges ? .merged : .suppressed, rival: index, overlap: overlap)
      }
      merged.keep(index, as: result)
    }
  }
}
