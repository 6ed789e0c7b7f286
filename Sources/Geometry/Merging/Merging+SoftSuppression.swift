#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Merging {
  /// Soft-NMS: the surest remaining detection is taken, the others' scores decay by their overlap
  /// with it, and so on until no score reaches `minimumScore`.
  func soften(_ detections: [Detection], _ order: [Int], into merged: inout Merged) {
    var scores = order.map { detections[$0].score }
    // Ascending and shorter where all matter; order is a valid heap already.
    let count = scores.firstIndex { $0 < minimumScore } ?? scores.count
    for place in count..<scores.count {
      merged.fates[order[place]] = Merged.Fate(outcome: .decayed, score: scores[place])
    }
    let least = kind == .softLinear ? threshold : 0
    var rest = BoxGrid(
      measure: measure, least: least, includesZero: boundary == .greaterThanOrEqual,
      capacity: count)
    rest.fill(
      count: count, box: { detections[order[$0]].box }, group: { group(detections[order[$0]]) })
    var queue = ScoreQueue(descending: scores[..<count], indices: order)
    var gone: [Int] = []
    while let (place, queuedScore) = queue.first {
      let index = order[place]
      if scores[place] < minimumScore {
        queue.removeFirst()
        continue
      }
      if scores[place] != queuedScore {
        queue.lowerFirst(to: scores[place])
        continue
      }
      queue.removeFirst()
      rest.remove(place)
      var taken = detections[index]
      taken.score = scores[place]
      merged.keep(index, as: taken)
      gone.removeAll(keepingCapacity: true)
      rest.search(taken.box, group: group(taken)) { other, overlap in
        let factor = decay(overlap)
        guard factor < 1 else { return false }
        scores[other] *= factor
        let otherIndex = order[other]
        if merged.fates[otherIndex].rival == nil || overlap > merged.fates[otherIndex].overlap {
          merged.fates[otherIndex].rival = index
          merged.fates[otherIndex].overlap = overlap
        }
        if scores[other] < minimumScore { gone.append(other) }
        return false
      }
      for other in gone {
        rest.remove(other)
        merged.fates[order[other]].outcome = .decayed
        merged.fates[order[other]].score = scores[other]
      }
    }
  }

  /// What one surer detection leaves of a score, in `[0, 1]`.
  @inline(__always)
  private func decay(_ overlap: Double) -> Double {
    if kind == .softLinear {
      let counts = boundary.isReached(by: overlap, threshold: threshold)
      return counts ? max(1 - overlap, 0) : 1
    }
    return overlap > 0 ? exp(-overlap * overlap / sigma) : 1
  }
}

/// The places of detections by score; scores may have fallen since they were queued.
private struct ScoreQueue {
  private var heap: [(place: Int, score: Double, index: Int)] = []

  /// - Parameters:
  ///   - scores: One per place, not ascending.
  ///   - indices: What equal scores go by, one per place.
  init(descending scores: ArraySlice<Double>, indices: [Int]) {
    heap.reserveCapacity(scores.count)
    for (place, score) in scores.enumerated() { heap.append((place, score, indices[place])) }
  }

  var first: (place: Int, score: Double)? { heap.first.map { ($0.place, $0.score) } }

  mutating func removeFirst() {
    let last = heap.removeLast()
    guard !heap.isEmpty else { return }
    heap[0] = last
    sink()
  }

  mutating func lowerFirst(to score: Double) {
    heap[0].score = score
    sink()
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var best = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && isBefore(child, best) {
        best = child
      }
      guard best != parent else { return }
      heap.swapAt(parent, best)
      parent = best
    }
  }

  private func isBefore(_ first: Int, _ second: Int) -> Bool {
    let (a, b) = (heap[first], heap[second])
    return a.score != b.score ? a.score > b.score : a.index < b.index
  }
}
