/// Scored boxes before suppression, all in one frame.
///
/// Detectors in which one box may carry several classes store the box once and refer to it: at the
/// low thresholds of an evaluation there are hundreds of thousands of (box, class) pairs.
package struct Candidates: Sendable {
  /// One (box, class) pair.
  package struct Entry: Hashable, Sendable {
    /// Index into `boxes`.
    package var boxIndex: Int32
    package var classID: Int32
    package var score: Float

    package init(boxIndex: Int32, classID: Int32, score: Float) {
      self.boxIndex = boxIndex
      self.classID = classID
      self.score = score
    }
  }

  package var boxes: [Box] = []
  package var entries: [Entry] = []

  package init() {}

  package init(boxes: [Box], entries: [Entry]) {
    self.boxes = boxes
    self.entries = entries
  }

  /// Adds a box and returns its index, for `append(boxIndex:classID:score:)`.
  package mutating func addBox(_ box: Box) -> Int32 {
    boxes.append(box)
    return Int32(truncatingIfNeeded: boxes.count - 1)
  }

  package mutating func append(boxIndex: Int32, classID: Int, score: Float) {
    entries.append(
      Entry(boxIndex: boxIndex, classID: Int32(truncatingIfNeeded: classID), score: score))
  }

  /// The entries at `indices` as detections, their boxes taken through `map`.
  ///
  /// - Precondition: Indices of existing entries.
  package func detections(at indices: [Int], through map: CoordinateMap = .identity) -> [Detection]
  {
    indices.map { index in
      let entry = entries[index]
      return Detection(
        box: map.apply(boxes[Int(entry.boxIndex)]), score: Double(entry.score),
        classID: Int(entry.classID))
    }
  }
}
