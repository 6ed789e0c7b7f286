internal import Geometry

/// The objects and detections of one class in one picture, with their overlaps.
struct ClassPicture {
  let objects: [ScoredPicture.Object]
  /// Surest first, at most `detectionLimit`.
  let found: [ScoredPicture.Found]
  /// `[found, objects]`, row-major.
  private let overlaps: [Double]

  init(
    objects: [ScoredPicture.Object], found all: [ScoredPicture.Found], detectionLimit: Int
  ) {
    self.objects = objects
    found = byScore(all.map(\.score)).prefix(detectionLimit).map { all[$0] }
    overlaps = found.flatMap { detection in
      objects.map { detection.box.overlap(with: $0.box, isCrowd: $0.isCrowd) }
    }
  }

  /// Pairs detections with objects at every threshold.
  ///
  /// Surest detections choose first, each the object of greatest overlap that is still free (a crowd
  /// always is) at or above the threshold; of equal overlaps the later object. Objects that count
  /// go before those that do not, whatever their overlaps (COCO's `cocoeval.py`, `evaluateImg`).
  ///
  /// - Parameters:
  ///   - range: Objects whose area is outside do not count, nor do unmatched detections.
  ///   - thresholds: Least overlaps.
  func matches(in range: AreaRange, thresholds: [Double]) -> ClassMatches {
    let ignored = objects.map { $0.isIgnored || !range.contains($0.area) }
    let order =
      objects.indices.filter { !ignored[$0] } + objects.indices.filter { ignored[$0] }
    let isOutside = found.map { !range.contains($0.box.area) }
    var outcomes: [ClassMatches.Outcome] = []
    outcomes.reserveCapacity(thresholds.count * found.count)
    for threshold in thresholds {
      var isTaken = [Bool](repeating: false, count: objects.count)
      for detection in found.indices {
        var best: Int?
        var overlap = min(threshold, 1 - 1e-10)
        for object in order {
          if isTaken[object] && !objects[object].isCrowd { continue }
          if let best, !ignored[best], ignored[object] { break }
          let candidate = overlaps[detection * objects.count + object]
          if candidate < overlap { continue }
          overlap = candidate
          best = object
        }
        if let best {
          isTaken[best] = true
          outcomes.append(ignored[best] ? .ignored : .correct)
        } else {
          outcomes.append(isOutside[detection] ? .ignored : .wrong)
        }
      }
    }
    return ClassMatches(
      scores: found.map(\.score), outcomes: outcomes,
      objectCount: ignored.count { !$0 })
  }
}

/// How the detections of one class in one picture fared.
struct ClassMatches {
  enum Outcome { case correct, wrong, ignored }

  /// Surest first.
  let scores: [Double]
  /// `[thresholds, scores]`, row-major.
  let outcomes: [Outcome]
  /// Objects that count.
  let objectCount: Int
}
