internal import Geometry

/// Which classes are taken for which: every object and every detection is counted once.
///
/// Pairs of any classes that overlap by more than the threshold are taken in the order of their
/// overlap, greatest first, each object and each detection once (the usual convention of YOLO
/// programs). What is left over is counted against the background.
package struct ConfusionMatrix: Hashable, Sendable {
  /// Classes, without the background.
  package let classCount: Int
  /// Detections at or below it are left out.
  package let scoreThreshold: Double
  package let overlapThreshold: Double
  /// `[classCount + 1, classCount + 1]`, row-major: rows are what is labelled, columns what was
  /// found; the last of both is the background.
  package private(set) var counts: [Int]

  /// Objects that stand for crowds or are ignored are left out, and so are detections that match
  /// nothing else than them.
  package init(
    pictures: [ScoredPicture], classCount: Int, scoreThreshold: Double = 0.25,
    overlapThreshold: Double = 0.5
  ) {
    self.classCount = classCount
    self.scoreThreshold = scoreThreshold
    self.overlapThreshold = overlapThreshold
    counts = [Int](repeating: 0, count: (classCount + 1) * (classCount + 1))
    for picture in pictures { add(picture) }
  }

  /// How often an object of class `labelled` was found as `found`; `nil` is the background.
  package func count(labelled: Int?, found: Int?) -> Int {
    counts[(labelled ?? classCount) * (classCount + 1) + (found ?? classCount)]
  }

  private mutating func add(_ picture: ScoredPicture) {
    let classes = 0..<classCount
    let found = picture.found.filter {
      $0.score > scoreThreshold && classes.contains($0.classIndex)
    }
    let objects = picture.objects.filter { classes.contains($0.classIndex) }
    var pairs: [(overlap: Double, object: Int, found: Int)] = []
    var touchesIgnored = [Bool](repeating: false, count: found.count)
    for (f, detection) in found.enumerated() {
      for (o, object) in objects.enumerated() {
        let overlap = detection.box.overlap(with: object.box, isCrowd: object.isCrowd)
        guard overlap > overlapThreshold else { continue }
        if object.isIgnored {
          touchesIgnored[f] = true
        } else {
          pairs.append((overlap, o, f))
        }
      }
    }
    pairs.sort {
      $0.overlap != $1.overlap
        ? $0.overlap > $1.overlap : ($0.found, $0.object) < ($1.found, $1.object)
    }
    var isFound = [Bool](repeating: false, count: objects.count)
    var isUsed = [Bool](repeating: false, count: found.count)
    for pair in pairs where !isFound[pair.object] && !isUsed[pair.found] {
      isFound[pair.object] = true
      isUsed[pair.found] = true
      add(labelled: objects[pair.object].classIndex, found: found[pair.found].classIndex)
    }
    for (index, object) in objects.enumerated() where !isFound[index] && !object.isIgnored {
      add(labelled: object.classIndex, found: classCount)
    }
    for (index, detection) in found.enumerated() where !isUsed[index] && !touchesIgnored[index] {
      add(labelled: classCount, found: detection.classIndex)
    }
  }

  private mutating func add(labelled: Int, found: Int) {
    counts[labelled * (classCount + 1) + found] += 1
  }
}
