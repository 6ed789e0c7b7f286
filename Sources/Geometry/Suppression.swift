/// Greedy non-maximum suppression: the surest box stays and removes those of its class that overlap
/// it too much, then the next surest, and so on.
///
/// Order of the steps: boxes that are not finite or have no area, and scores that are not finite,
/// are dropped; then scores at or below `scoreThreshold`; then all but the `preLimit` surest; then
/// suppression; then all but the `maxDetections` surest. Equal scores go by the lower index.
///
/// Classes are looped over (no offsets are added to coordinates), so that results are exact for
/// any coordinates and any number of classes.
package struct Suppression: Hashable, Sendable {
  /// What is compared with the threshold.
  package enum Measure: Hashable, Sendable, CaseIterable {
    case intersectionOverUnion
    /// `Box.distanceIoU`: spares boxes whose centres lie apart (DIoU-NMS).
    case distanceIoU
    /// `Box.intersectionOverMinimum`: also removes boxes nested in a larger one.
    case intersectionOverMinimum
  }

  /// Whether a measure equal to the threshold removes a box.
  package enum Boundary: Hashable, Sendable {
    case greaterThan
    case greaterThanOrEqual
  }

  package var overlapThreshold: Double
  package var measure: Measure
  package var boundary: Boundary
  /// See `Box.intersectionOverUnion(_:plus:)`.
  package var plus: Double
  /// Whether boxes of different classes suppress each other.
  package var isClassAgnostic: Bool
  /// Scores at or below it are dropped; `nil` keeps all finite scores.
  package var scoreThreshold: Double?
  /// The number of surest candidates that take part; `nil` for all.
  package var preLimit: Int?
  /// The number of results at most; `nil` for all.
  package var maxDetections: Int?

  package init(
    overlapThreshold: Double, measure: Measure = .intersectionOverUnion,
    boundary: Boundary = .greaterThan, plus: Double = 0, isClassAgnostic: Bool = false,
    scoreThreshold: Double? = nil, preLimit: Int? = nil, maxDetections: Int? = nil
  ) {
    self.overlapThreshold = overlapThreshold
    self.measure = measure
    self.boundary = boundary
    self.plus = plus
    self.isClassAgnostic = isClassAgnostic
    self.scoreThreshold = scoreThreshold
    self.preLimit = preLimit
    self.maxDetections = maxDetections
  }

  /// The detections that stay, surest first.
  package func apply(to detections: [Detection]) -> [Detection] {
    keptIndices(
      count: detections.count, box: { detections[$0].box }, score: { detections[$0].score },
      classID: { detections[$0].classID }
    ).map { detections[$0] }
  }

  /// The indices of the entries that stay, surest first.
  ///
  /// - Complexity: O(n log n + kept * n) with n the candidates per class.
  package func keptIndices(_ candidates: Candidates) -> [Int] {
    candidates.boxes.withUnsafeBufferPointer { boxes in
      candidates.entries.withUnsafeBufferPointer { entries in
        keptIndices(
          count: entries.count, box: { boxes[Int(entries[$0].boxIndex)] },
          score: { Double(entries[$0].score) }, classID: { Int(entries[$0].classID) })
      }
    }
  }

  /// The indices in `0..<count` that stay, surest first.
  @inline(__always)
  private func keptIndices(
    count: Int, box: (Int) -> Box, score: (Int) -> Double, classID: (Int) -> Int
  ) -> [Int] {
    let order = ScoreOrder.indices(
      count: count, box: box, score: score, threshold: scoreThreshold, limit: preLimit)
    // Whether a candidate stays depends on surer ones of its class only: the walk may end as soon
    // as there are enough.
    var keptByClass: [KeptBoxes] = []
    var slotOfClass: [Int: Int] = [:]
    var result: [Int] = []
    for index in order {
      if let maxDetections, result.count >= maxDetections { break }
      let group = isClassAgnostic ? 0 : classID(index)
      let slot = slotOfClass[group] ?? keptByClass.count
      if slot == keptByClass.count {
        slotOfClass[group] = slot
        keptByClass.append(KeptBoxes(self))
      }
      if keptByClass[slot].insert(box(index)) { result.append(index) }
    }
    return result
  }
}
