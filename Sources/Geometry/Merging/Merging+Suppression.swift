extension Merging {
  /// Greedy suppression. As `Suppression`, with the surest box that removed each.
  func suppress(_ detections: [Detection], _ order: [Int], into merged: inout Merged) {
    var kept = BoxGrid(
      measure: measure, least: threshold, includesZero: boundary == .greaterThanOrEqual)
    for index in order {
      let box = detections[index].box
      let group = group(detections[index])
      var rival = Int.max
      var rivalOverlap = 0.0
      kept.search(box, group: group) { number, overlap in
        guard number < rival else { return false }
        if boundary.isReached(by: overlap, threshold: threshold) {
          rival = number
          rivalOverlap = overlap
        }
        return false
      }
      if rival == .max {
        kept.insert(box, group: group)
        merged.keep(index, as: detections[index])
      } else {
        // Entries are numbered as the results.
        merged.fates[index] = Merged.Fate(
          outcome: .suppressed, rival: merged.leaders[rival], overlap: rivalOverlap)
      }
    }
  }

  /// Suppression, then a score-weighted mean of what overlaps each box that stays. Landmarks,
  /// outline and score stay those of the leader.
  func vote(_ detections: [Detection], _ order: [Int], into merged: inout Merged) {
    var suppressed = Merged(inputCount: detections.count)
    suppressed.fates = merged.fates
    suppress(detections, order, into: &suppressed)
    merged.fates = suppressed.fates
    var voters = BoxGrid(measure: measure, least: threshold, capacity: order.count)
    voters.fill(
      count: order.count, box: { detections[order[$0]].box },
      group: { group(detections[order[$0]]) })
    var votes: [Int] = []
    for (leader, detection) in zip(suppressed.leaders, suppressed.detections) {
      votes.removeAll(keepingCapacity: true)
      voters.search(detection.box, group: group(detection)) { number, overlap in
        if overlap > 0 && overlap >= threshold { votes.append(number) }
        return false
      }
      // The surest first, so that the sum does not depend on the order of the search.
      votes.sort()
      var mean = WeightedBox()
      for number in votes {
        let voter = detections[order[number]]
        mean.add(voter.box, weight: voter.score)
      }
      var voted = detection
      if mean.weight > 0 { voted.box = mean.box }
      merged.keep(leader, as: voted)
    }
  }
}

/// The weighted mean of boxes.
struct WeightedBox {
  private var sum = SIMD4<Double>()
  private(set) var weight = 0.0

  mutating func add(_ box: Box, weight: Double) {
    sum += SIMD4(box.minX, box.minY, box.maxX, box.maxY) * weight
    self.weight += weight
  }

  /// The mean. The weight must be positive.
  var box: Box {
    let mean = sum / weight
    return Box(minX: mean[0], minY: mean[1], maxX: mean[2], maxY: mean[3])
  }
}
