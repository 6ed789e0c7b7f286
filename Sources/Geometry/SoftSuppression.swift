#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Soft-NMS: boxes that overlap a surer one lose score instead of being removed
/// (Bodla et al. 2017, arXiv:1704.04503).
///
/// The surest remaining box is taken, the others' scores are multiplied by a decay that depends on
/// their IoU with it, and so on until no score reaches `minimumScore`.
package struct SoftSuppression: Hashable, Sendable {
  package enum Decay: Hashable, Sendable {
    /// `1 - IoU` where the IoU exceeds the threshold, else 1. The paper's threshold is 0.3.
    case linear(overlapThreshold: Double)
    /// `exp(-IoU^2 / sigma)`. The paper's sigma is 0.5.
    case gaussian(sigma: Double)
  }

  package var decay: Decay
  /// Boxes whose score falls below it are dropped.
  package var minimumScore: Double
  package var isClassAgnostic: Bool
  package var plus: Double
  /// The number of surest candidates that take part; `nil` for all.
  package var preLimit: Int?
  /// The number of results at most; `nil` for all.
  package var maxDetections: Int?

  package init(
    decay: Decay, minimumScore: Double = 0.001, isClassAgnostic: Bool = false, plus: Double = 0,
    preLimit: Int? = nil, maxDetections: Int? = nil
  ) {
    self.decay = decay
    self.minimumScore = minimumScore
    self.isClassAgnostic = isClassAgnostic
    self.plus = plus
    self.preLimit = preLimit
    self.maxDetections = maxDetections
  }

  /// A detection that stays: its place in the input and its score after decay.
  package struct Survivor: Hashable, Sendable {
    package var index: Int
    package var score: Double
  }

  /// The detections that stay with their new scores, in the order of those scores.
  package func apply(to detections: [Detection]) -> [Detection] {
    survivors(detections).map { survivor in
      var detection = detections[survivor.index]
      detection.score = survivor.score
      return detection
    }
  }

  /// Which detections stay and with which score, surest (after decay) first; equal scores by the
  /// lower index.
  ///
  /// - Complexity: O(n^2) with n the candidates per class.
  package func survivors(_ detections: [Detection]) -> [Survivor] {
    let order = ScoreOrder.indices(
      count: detections.count, box: { detections[$0].box }, score: { detections[$0].score },
      threshold: nil, limit: preLimit)
    let groups =
      isClassAgnostic
      ? [0: order] : Dictionary(grouping: order, by: { detections[$0].classID })
    var result = groups.values.flatMap { rescored($0, detections) }
    result.sort { $0.score != $1.score ? $0.score > $1.score : $0.index < $1.index }
    return Array(result.prefix(max(maxDetections ?? result.count, 0)))
  }

  /// Soft-NMS of one class.
  private func rescored(_ indices: [Int], _ detections: [Detection]) -> [Survivor] {
    var rest = indices.map { Survivor(index: $0, score: detections[$0].score) }
    rest.removeAll { $0.score < minimumScore }
    var taken: [Survivor] = []
    while var best = rest.indices.first {
      for candidate in rest.indices.dropFirst() where isSurer(rest[candidate], than: rest[best]) {
        best = candidate
      }
      let winner = rest[best]
      rest.swapAt(best, rest.count - 1)
      rest.removeLast()
      taken.append(winner)
      let box = detections[winner.index].box
      for index in rest.indices {
        let overlap = box.intersectionOverUnion(detections[rest[index].index].box, plus: plus)
        rest[index].score *= factor(overlap)
      }
      rest.removeAll { $0.score < minimumScore }
    }
    return taken
  }

  private func isSurer(_ first: Survivor, than second: Survivor) -> Bool {
    first.score != second.score ? first.score > second.score : first.index < second.index
  }

  private func factor(_ overlap: Double) -> Double {
    switch decay {
    case .linear(let threshold): overlap > threshold ? 1 - overlap : 1
    case .gaussian(let sigma): exp(-overlap * overlap / sigma)
    }
  }
}
