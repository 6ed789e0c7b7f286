import Geometry
import StrictJSON
import TestSupport
import Testing

@Suite struct SuppressionTests {
  private func kept(_ suppression: Suppression, _ detections: [Detection]) -> [Int] {
    suppression.apply(to: detections).compactMap { detections.firstIndex(of: $0) }
  }

  /// Vectors `hard_*`, `class_aware_0_5`, `diou_nms_0_45` of `13_nms.json`.
  @Test func matchesVectors() throws {
    let vectors = try NMSVectors()
    let agnostic = vectors.detections()
    let classAware = vectors.detections(classAware: true)
    #expect(
      try kept(Suppression(overlapThreshold: 0.5), agnostic)
        == vectors.root.member("hard_0_5").integers)
    #expect(
      try kept(Suppression(overlapThreshold: 0.3), agnostic)
        == vectors.root.member("hard_0_3").integers)
    #expect(
      try kept(Suppression(overlapThreshold: 0.5), classAware)
        == vectors.root.member("class_aware_0_5").integers)
    #expect(
      try kept(Suppression(overlapThreshold: 0.5, isClassAgnostic: true), classAware)
        == vectors.root.member("hard_0_5").integers)
    #expect(
      try kept(Suppression(overlapThreshold: 0.45, measure: .distanceIoU), agnostic)
        == vectors.root.member("diou_nms_0_45").integers)
  }

  /// Vector `strictness`: an IoU of exactly the threshold.
  @Test func boundaryDecidesEquality() throws {
    let strictness = try NMSVectors().root.member("strictness")
    let detections = [
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 10), score: 0.9, classID: 0),
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 5), score: 0.8, classID: 0),
    ]
    #expect(
      try kept(Suppression(overlapThreshold: 0.5), detections)
        == strictness.member("greater_than_keeps").integers)
    #expect(
      try kept(
        Suppression(overlapThreshold: 0.5, boundary: .greaterThanOrEqual), detections)
        == strictness.member("greater_equal_keeps").integers)
    let below = 0.5.nextDown
    #expect(kept(Suppression(overlapThreshold: below), detections) == [0])
  }

  /// Vector `nan_inf`.
  @Test func dropsWhatIsNotABox() {
    let good = Box(minX: 0, minY: 0, maxX: 4, maxY: 4)
    let boxes: [(Box, Double)] = [
      (Box(minX: .nan, minY: 0, maxX: 4, maxY: 4), 0.9),
      (Box(minX: 0, minY: 0, maxX: .infinity, maxY: 4), 0.9),
      (good, .nan), (good, .infinity),
      (Box(minX: 4, minY: 0, maxX: 4, maxY: 4), 0.9),
      (Box(minX: 0, minY: 5, maxX: 4, maxY: 4), 0.9),
      (good, 0.1),
    ]
    let detections = boxes.map { Detection(box: $0.0, score: $0.1, classID: 0) }
    let result = Suppression(overlapThreshold: 0.5).apply(to: detections)
    #expect(result == [detections[6]])
    for kind in Merging.Kind.allCases {
      let merged = Merging(kind).apply(to: detections)
      #expect(merged.leaders == [6], "\(kind)")
      #expect(merged.fates.map(\.outcome) == Array(repeating: .invalid, count: 6) + [.kept])
    }
  }

  @Test func equalScoresGoByTheLowerIndex() {
    let box = Box(minX: 0, minY: 0, maxX: 4, maxY: 4)
    let far = Box(minX: 50, minY: 0, maxX: 54, maxY: 4)
    let detections = [
      Detection(box: box, score: 0.5, classID: 2), Detection(box: box, score: 0.5, classID: 2),
      Detection(box: far, score: 0.5, classID: 1), Detection(box: far, score: 0.75, classID: 7),
    ]
    var candidates = Candidates()
    for detection in detections {
      let index = candidates.addBox(detection.box)
      candidates.append(
        boxIndex: index, classID: detection.classID, score: Float(detection.score))
    }
    #expect(Suppression(overlapThreshold: 0.5).keptIndices(candidates) == [3, 0, 2])
  }

  @Test func limitsApplyInTheirOrder() {
    // Two heavily overlapping boxes ahead of a third: a pre-limit of 2 leaves nothing for it.
    let detections = [
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 10), score: 0.9, classID: 0),
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 9), score: 0.8, classID: 0),
      Detection(box: Box(minX: 20, minY: 0, maxX: 30, maxY: 10), score: 0.7, classID: 0),
      Detection(box: Box(minX: 40, minY: 0, maxX: 50, maxY: 10), score: 0.25, classID: 0),
    ]
    #expect(kept(Suppression(overlapThreshold: 0.5, preLimit: 2), detections) == [0])
    #expect(kept(Suppression(overlapThreshold: 0.5, maxDetections: 2), detections) == [0, 2])
    #expect(kept(Suppression(overlapThreshold: 0.5, maxDetections: 0), detections) == [])
    #expect(kept(Suppression(overlapThreshold: 0.5, scoreThreshold: 0.25), detections) == [0, 2])
    #expect(
      kept(Suppression(overlapThreshold: 0.5, scoreThreshold: 0.25.nextDown), detections)
        == [0, 2, 3])
  }

  @Test func minimumMeasureRemovesNestedBoxes() {
    let detections = [
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 10), score: 0.9, classID: 0),
      Detection(box: Box(minX: 2, minY: 2, maxX: 4, maxY: 4), score: 0.8, classID: 0),
    ]
    #expect(kept(Suppression(overlapThreshold: 0.7), detections) == [0, 1])
    #expect(
      kept(
        Suppression(overlapThreshold: 0.7, measure: .intersectionOverMinimum), detections) == [0])
  }

  @Test func plusChangesTheKeepList() {
    let detections = [
      Detection(box: Box(minX: 0, minY: 0, maxX: 3, maxY: 3), score: 0.9, classID: 0),
      Detection(box: Box(minX: 2, minY: 0, maxX: 5, maxY: 3), score: 0.8, classID: 0),
    ]
    #expect(kept(Suppression(overlapThreshold: 0.3), detections) == [0, 1])
    #expect(kept(Suppression(overlapThreshold: 0.3, plus: 1), detections) == [0])
  }

  @Test func zeroThresholdRemovesWhateverTouches() {
    let detections = [
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 10), score: 0.9, classID: 0),
      Detection(box: Box(minX: 10, minY: 0, maxX: 20, maxY: 10), score: 0.8, classID: 0),
      Detection(box: Box(minX: 9, minY: 0, maxX: 20, maxY: 10), score: 0.7, classID: 0),
    ]
    #expect(kept(Suppression(overlapThreshold: 0), detections) == [0, 1])
    #expect(
      kept(Suppression(overlapThreshold: 0, boundary: .greaterThanOrEqual), detections) == [0])
  }

  /// Against the plain definition, over every measure, and the laws: idempotent, a subset, ordered.
  @Test(arguments: OverlapMeasure.allCases)
  func agreesWithTheDefinition(_ measure: OverlapMeasure) {
    var generator = SeededGenerator(seed: 11)
    for count in [0, 1, 2, 17, 120] {
      let detections = (0..<count).map { _ -> Detection in
        let values = generator.floats(6).map { Double($0) + 0.5 }
        return Detection(
          box: Box(
            centerX: values[0] * 60, centerY: values[1] * 60, width: 1 + values[2] * 40,
            height: 1 + values[3] * 40),
          score: values[4], classID: Int(values[5] * 3))
      }
      let suppression = Suppression(overlapThreshold: 0.4, measure: measure)
      let result = suppression.apply(to: detections)
      #expect(result == definition(suppression, detections))
      #expect(suppression.apply(to: result) == result)
      #expect(suppression.apply(to: Array(detections.reversed())) == result)
      #expect(Set(result).isSubset(of: Set(detections)))
      #expect(zip(result, result.dropFirst()).allSatisfy { $0.score >= $1.score })
    }
  }

  @Test func classesOfAGroupSuppressEachOther() {
    let box = Box(minX: 0, minY: 0, maxX: 4, maxY: 4)
    let detections = [3, 1, 2, 0].enumerated().map { index, classID in
      Detection(box: box, score: 0.9 - Double(index) / 10, classID: classID)
    }
    var suppression = Suppression(overlapThreshold: 0.5)
    suppression.classGroups = [1: 1, 2: 1]
    #expect(kept(suppression, detections) == [0, 1, 3])
    suppression.classGroups = [0: 0, 3: 0, 1: 1, 2: 1]
    #expect(kept(suppression, detections) == [0, 1])
    suppression.isClassAgnostic = true
    #expect(kept(suppression, detections) == [0])
  }

  /// Groups are as if their classes were one; what is merged keeps its own class.
  @Test(arguments: Merging.Kind.allCases)
  func groupsAreAsOneClass(_ kind: Merging.Kind) {
    var generator = RandomDetections(seed: 5)
    let detections = generator.clusters(objects: 20, each: 4, extent: 100, classes: 4)
    var groups = Merging(kind)
    groups.classGroups = [1: 1, 3: 1]
    let joined = detections.map {
      Detection(box: $0.box, score: $0.score, classID: $0.classID == 3 ? 1 : $0.classID)
    }
    let (merged, expected) = (groups.apply(to: detections), Merging(kind).apply(to: joined))
    #expect(merged.leaders == expected.leaders)
    #expect(merged.detections.map(\.box) == expected.detections.map(\.box))
    #expect(merged.detections.map(\.score) == expected.detections.map(\.score))
    #expect(
      merged.detections.map(\.classID) == merged.leaders.map { detections[$0].classID })
    if kind == .suppression {
      var suppression = Suppression(overlapThreshold: groups.threshold)
      suppression.classGroups = groups.classGroups
      #expect(suppression.keptIndices(detections) == merged.leaders)
    }
  }

  private func definition(_ suppression: Suppression, _ detections: [Detection]) -> [Detection] {
    var kept: [Detection] = []
    for candidate in detections.sorted(by: { $0.score > $1.score }) {
      let isSuppressed = kept.contains { other in
        other.classID == candidate.classID
          && suppression.measure.overlap(other.box, candidate.box) > suppression.overlapThreshold
      }
      if !isSuppressed { kept.append(candidate) }
    }
    return kept
  }
}
