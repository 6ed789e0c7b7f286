import Geometry

/// Every kind of merging as its paper writes it: all pairs, no grid, nothing shared with the
/// library but the measures of overlap.
struct MergingDefinition {
  /// A result and the place of its leader in the input.
  struct Result: Equatable {
    var detection: Detection
    var leader: Int
  }

  let merging: Merging
  /// What takes part, surest first.
  private let inputs: [Result]
  private let sources: [Int]

  init(_ merging: Merging, _ detections: [Detection], sources: [Int] = []) {
    self.merging = merging
    self.sources = sources
    let weighs = merging.kind == .voting || merging.kind == .weightedFusion
    let usable = detections.enumerated().filter { _, detection in
      detection.box.isValid && detection.score.isFinite
        && detection.score > (merging.scoreThreshold ?? -.infinity)
        && (!weighs || detection.score > 0)
    }
    let sorted = usable.sorted {
      ($0.element.score, -$0.offset) > ($1.element.score, -$1.offset)
    }
    inputs = sorted.prefix(merging.preLimit ?? .max).map {
      Result(detection: $0.element, leader: $0.offset)
    }
  }

  var results: [Result] {
    let results =
      switch merging.kind {
      case .none: inputs
      case .suppression: suppressed
      case .softLinear, .softGaussian: softened
      case .matrixLinear, .matrixGaussian: decayedByMatrix
      case .voting: voted
      case .weightedFusion: fused
      case .nonMaximumMerging, .greedyNonMaximumMerging: hulls
      }
    let sorted = results.sorted {
      ($0.detection.score, -$0.leader) > ($1.detection.score, -$1.leader)
    }
    return Array(sorted.prefix(merging.maxDetections ?? .max))
  }

  private func overlap(_ first: Result, _ second: Result) -> Double? {
    guard merging.isClassAgnostic || first.detection.classID == second.detection.classID else {
      return nil
    }
    return merging.measure.overlap(first.detection.box, second.detection.box)
  }

  private func exceeds(_ overlap: Double?) -> Bool {
    guard let overlap else { return false }
    return merging.boundary == .greaterThan
      ? overlap > merging.threshold : overlap >= merging.threshold
  }

  private var suppressed: [Result] {
    var kept: [Result] = []
    for input in inputs where !kept.contains(where: { exceeds(overlap($0, input)) }) {
      kept.append(input)
    }
    return kept
  }

  private var softened: [Result] {
    var rest = inputs
    var taken: [Result] = []
    rest.removeAll { $0.detection.score < merging.minimumScore }
    while !rest.isEmpty {
      let best = rest.indices.max {
        (rest[$0].detection.score, -rest[$0].leader) < (rest[$1].detection.score, -rest[$1].leader)
      }!
      let winner = rest.remove(at: best)
      taken.append(winner)
      for place in rest.indices {
        guard let overlap = overlap(winner, rest[place]) else { continue }
        if merging.kind == .softGaussian {
          rest[place].detection.score *= exponential(-max(overlap, 0) * overlap / merging.sigma)
        } else if exceeds(overlap) {
          rest[place].detection.score *= 1 - overlap
        }
      }
      rest.removeAll { $0.detection.score < merging.minimumScore }
    }
    return taken
  }

  private var decayedByMatrix: [Result] {
    func pair(_ first: Int, _ second: Int) -> Double {
      max(overlap(inputs[first], inputs[second]) ?? 0, 0)
    }
    func remaining(_ overlap: Double) -> Double {
      merging.kind == .matrixLinear
        ? 1 - overlap : exponential(-overlap * overlap / merging.sigma)
    }
    let largest = inputs.indices.map { place in (0..<place).map { pair($0, place) }.max() ?? 0 }
    return inputs.indices.compactMap { place in
      let factors = (0..<place).filter { remaining(largest[$0]) > 0 }.map {
        remaining(pair($0, place)) / remaining(largest[$0])
      }
      var result = inputs[place]
      result.detection.score *= min(factors.min() ?? 1, 1)
      return result.detection.score >= merging.minimumScore ? result : nil
    }
  }

  private var voted: [Result] {
    suppressed.map { kept in
      let voters = inputs.filter {
        guard let overlap = overlap(kept, $0) else { return false }
        return overlap > 0 && overlap >= merging.threshold
      }
      var result = kept
      result.detection.box = mean(voters)
      return result
    }
  }

  private func mean(_ members: [Result]) -> Box {
    let weight = members.reduce(0) { $0 + $1.detection.score }
    func edge(_ path: KeyPath<Box, Double>) -> Double {
      members.reduce(0) { $0 + $1.detection.box[keyPath: path] * $1.detection.score } / weight
    }
    return Box(minX: edge(\.minX), minY: edge(\.minY), maxX: edge(\.maxX), maxY: edge(\.maxY))
  }

  private var fused: [Result] {
    var clusters: [[Result]] = []
    var means: [Result] = []
    for input in inputs {
      let overlaps = means.map { overlap($0, input) ?? -1 }
      if let best = overlaps.max(), best > merging.threshold {
        let place = overlaps.firstIndex(of: best)!
        clusters[place].append(input)
        means[place].detection.box = mean(clusters[place])
      } else {
        clusters.append([input])
        means.append(input)
      }
    }
    let count = Double(merging.sourceCount ?? max(Set(sources).count, 1))
    return zip(clusters, means).map { cluster, mean in
      var result = mean
      let scores = cluster.map(\.detection.score)
      result.detection.score =
        merging.fusedScore == .maximum
        ? scores.max()!
        : scores.reduce(0, +) / Double(scores.count) * min(Double(cluster.count), count) / count
      return result
    }
  }

  private var hulls: [Result] {
    let isGreedy = merging.kind == .greedyNonMaximumMerging
    // The leader of each input by place, and the places each leader collected.
    var leaders = [Int?](repeating: nil, count: inputs.count)
    var collected = [[Int]](repeating: [], count: inputs.count)
    for place in inputs.indices where leaders[place] == nil || !isGreedy {
      let leader = leaders[place] ?? place
      for other in inputs.indices where other > place && leaders[other] == nil {
        guard let overlap = overlap(inputs[place], inputs[other]) else { continue }
        if overlap > 0 && overlap >= merging.threshold {
          leaders[other] = leader
          collected[leader].append(other)
        }
      }
    }
    return inputs.indices.filter { leaders[$0] == nil }.map { leader in
      var result = inputs[leader]
      for place in collected[leader] {
        let other = inputs[place].detection.box
        if merging.measure.overlap(result.detection.box, other) > merging.threshold {
          result.detection.box = result.detection.box.enclosing(other)
        }
      }
      return result
    }
  }

  /// e^x by its series at x / 2^k.
  private func exponential(_ x: Double) -> Double {
    var halvings = 0
    var y = x
    while abs(y) > 0.125 {
      y /= 2
      halvings += 1
    }
    var term = 1.0
    var sum = 1.0
    for n in 1...16 {
      term *= y / Double(n)
      sum += term
    }
    for _ in 0..<halvings { sum *= sum }
    return sum
  }
}
