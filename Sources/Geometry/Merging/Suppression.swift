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
  package var overlapThreshold: Double
  package var measure: OverlapMeasure
  package var boundary: OverlapBoundary
  /// See `Box.intersectionOverUnion(_:plus:)`.
  package var plus: Double
  /// Whether boxes of different classes suppress each other.
  package var isClassAgnostic: Bool
  /// Classes that suppress each other, by a number that those of a group share and that is one of
  /// their own; classes left out stand alone.
  package var classGroups: [Int: Int] = [:]
  /// Scores at or below it are dropped; `nil` keeps all finite scores.
  package var scoreThreshold: Double?
  /// The number of surest candidates that take part; `nil` for all.
  package var preLimit: Int?
  /// The number of results at most; `nil` for all.
  package var maxDetections: Int?
  /// Whether a box that a surer one removed removes others all the same: suppression in one step,
  /// over the upper triangle of the overlaps, instead of the greedy walk.
  package var removedBoxesSuppress = false

  package init(
    overlapThreshold: Double, measure: OverlapMeasure = .intersectionOverUnion,
    boundary: OverlapBoundary = .greaterThan, plus: Double = 0, isClassAgnostic: Bool = false,
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
  ///
  /// - Complexity: As `keptIndices`.
  package func apply(to detections: [Detection]) -> [Detection] {
    keptIndices(detections).map { detections[$0] }
  }

  /// The indices of the detections that stay, surest first.
  ///
  /// - Complexity: As for `Candidates`.
  package func keptIndices(_ detections: [Detection]) -> [Int] {
    let order = ScoreOrder.indices(
      count: detections.count, box: { detections[$0].box }, score: { detections[$0].score },
      threshold: scoreThreshold, limit: preLimit)
    return keptIndices(
      order: order, box: { detections[$0].box }, classID: { detections[$0].classID })
  }

  /// The indices of the entries that stay, surest first.
  ///
  /// - Complexity: O(n) for the order, then per candidate the kept boxes that nearly reach the
  ///   threshold: all of them where very many boxes overlap without suppressing each other.
  package func keptIndices(_ candidates: Candidates) -> [Int] {
    let order = ScoreOrder.indices(candidates, threshold: scoreThreshold, limit: preLimit)
    return candidates.boxes.withUnsafeBufferPointer { boxes in
      candidates.entries.withUnsafeBufferPointer { entries in
        keptIndices(
          order: order, box: { boxes[Int(entries[$0].boxIndex)] },
          classID: { Int(entries[$0].classID) })
      }
    }
  }

  /// The indices of `order` that stay, surest first.
  @inline(__always)
  private func keptIndices(order: [Int], box: (Int) -> Box, classID: (Int) -> Int) -> [Int] {
    // Whether a candidate stays depends on surer ones of its class only: the walk may end as soon
    // as there are enough.
    var kept = emptyGrid()
    var result: [Int] = []
    for index in order {
      if let maxDetections, result.count >= maxDetections { break }
      let candidate = box(index)
      let classID = classID(index)
      let group = isClassAgnostic ? 0 : classGroups[classID] ?? classID
      var isSuppressed = false
      kept.search(candidate, group: group) { _, overlap in
        isSuppressed = boundary.isReached(by: overlap, threshold: overlapThreshold)
        return isSuppressed
      }
      if isSuppressed && !removedBoxesSuppress { continue }
      kept.insert(candidate, group: group)
      if !isSuppressed { result.append(index) }
    }
    return result
  }

  /// For the boxes that stay.
  func emptyGrid() -> BoxGrid {
    BoxGrid(
      measure: measure, least: overlapThreshold, includesZero: boundary == .greaterThanOrEqual,
      plus: plus)
  }
}
