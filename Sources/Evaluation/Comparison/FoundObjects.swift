package import Geometry

/// Which objects of a picture each of several strategies found, and what else each found.
package struct FoundObjects: Hashable, Sendable {
  package struct Object: Hashable, Sendable {
    package var box: OriginSizeBox
    package var classIndex: Int

    package init(box: OriginSizeBox, classIndex: Int) {
      self.box = box
      self.classIndex = classIndex
    }
  }

  /// The labelled objects, or without labels everything that any strategy found.
  package private(set) var objects: [Object]
  /// Per strategy and detection the object that it shows; `nil` for none, which happens only with
  /// labels.
  package private(set) var shown: [[Int?]]
  /// Per strategy and object whether it was found.
  package private(set) var isFound: [[Bool]]

  /// Against labels: IoU 0.5 and the same class, one detection an object.
  ///
  /// - Parameters:
  ///   - found: Per strategy, surest first.
  ///   - labels: Without crowds and ignored objects.
  package init(found: [[ScoredPicture.Found]], labels: [Object]) {
    objects = labels
    shown = []
    isFound = []
    for detections in found { join(detections) }
  }

  /// Without labels: objects are what the strategies found, in the order of their scores; boxes of
  /// one class that overlap by 0.5 or more are one object.
  package init(found: [[ScoredPicture.Found]]) {
    var all = found.enumerated().flatMap { strategy, detections in
      detections.enumerated().map { (strategy: strategy, index: $0, detection: $1) }
    }
    all.sort {
      $0.detection.score != $1.detection.score
        ? $0.detection.score > $1.detection.score
        : ($0.strategy, $0.index) < ($1.strategy, $1.index)
    }
    objects = []
    for (_, _, detection) in all {
      let isKnown = objects.contains {
        $0.classIndex == detection.classIndex
          && $0.box.overlap(with: detection.box, isCrowd: false) >= 0.5
      }
      if !isKnown { objects.append(Object(box: detection.box, classIndex: detection.classIndex)) }
    }
    shown = []
    isFound = []
    for detections in found { join(detections) }
  }

  private mutating func join(_ detections: [ScoredPicture.Found]) {
    var partners = [Int?](repeating: nil, count: detections.count)
    var found = [Bool](repeating: false, count: objects.count)
    for index in Set(objects.map(\.classIndex)).sorted() {
      let own = detections.indices.filter { detections[$0].classIndex == index }
      let others = objects.indices.filter { objects[$0].classIndex == index }
      let pairs = Pairing.pairs(
        own.map { detections[$0].box }, others.map { objects[$0].box }, least: 0.5)
      for (position, partner) in pairs.ofFirst.enumerated() {
        guard let partner else { continue }
        partners[own[position]] = others[partner]
        found[others[partner]] = true
      }
    }
    shown.append(partners)
    isFound.append(found)
  }

  /// Whether of all strategies only this one found the object.
  package func isFoundOnly(by strategy: Int, object: Int) -> Bool {
    isFound[strategy][object]
      && isFound.indices.allSatisfy { $0 == strategy || !isFound[$0][object] }
  }

  /// Whether of all strategies only this one missed the object. Never with a single strategy.
  package func isMissedOnly(by strategy: Int, object: Int) -> Bool {
    isFound.count > 1 && !isFound[strategy][object]
      && isFound.indices.allSatisfy { $0 == strategy || isFound[$0][object] }
  }
}
