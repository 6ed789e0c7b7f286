import Geometry
import StrictJSON
import TestSupport
import Testing

/// Published numbers and laws.
@Suite struct MergingTests {
  private func close(_ box: Box, _ values: [Double], within tolerance: Double = 1e-8) -> Bool {
    zip([box.minX, box.minY, box.maxX, box.maxY], values).allSatisfy { abs($0 - $1) <= tolerance }
  }

  // MARK: - Vectors

  /// Vectors `hard_*`, `class_aware_0_5`, `diou_nms_0_45` of `13_nms.json`.
  @Test func suppressionMatchesVectors() throws {
    let vectors = try NMSVectors()
    let cases: [(String, Merging, Bool)] = [
      ("hard_0_5", Merging(.suppression, threshold: 0.5), false),
      ("hard_0_3", Merging(.suppression, threshold: 0.3), false),
      ("class_aware_0_5", Merging(.suppression, threshold: 0.5), true),
      ("hard_0_5", Merging(.suppression, threshold: 0.5, isClassAgnostic: true), true),
      ("diou_nms_0_45", Merging(.suppression, measure: .distanceIoU, threshold: 0.45), false),
    ]
    for (key, merging, classAware) in cases {
      let merged = merging.apply(to: vectors.detections(classAware: classAware))
      #expect(try merged.leaders == vectors.root.member(key).integers, "\(key)")
    }
  }

  /// Vector `strictness`: an IoU of exactly the threshold.
  @Test func boundaryDecidesEquality() throws {
    let strictness = try NMSVectors().root.member("strictness")
    let detections = [
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 10), score: 0.9, classID: 0),
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 5), score: 0.8, classID: 0),
    ]
    var merging = Merging(.suppression, threshold: 0.5)
    #expect(
      try merging.apply(to: detections).leaders
        == strictness.member("greater_than_keeps").integers)
    merging.boundary = .greaterThanOrEqual
    #expect(
      try merging.apply(to: detections).leaders
        == strictness.member("greater_equal_keeps").integers)
  }

  /// Vectors `soft_linear` and `soft_gaussian`.
  @Test func softSuppressionMatchesVectors() throws {
    let vectors = try NMSVectors()
    for (key, kind) in [("soft_linear", Merging.Kind.softLinear), ("soft_gaussian", .softGaussian)]
    {
      let expected = try #require(vectors.root.member(key).arrayValue).map(\.numbers)
      let merged = Merging(kind).apply(to: vectors.detections())
      #expect(merged.leaders == expected.map { Int($0[0]) }, "\(key)")
      for (detection, pair) in zip(merged.detections, expected) {
        #expect(abs(detection.score - pair[1]) <= 1e-8, "\(key)")
      }
    }
  }

  /// Vector `box_vote_0_5`.
  @Test func votingMatchesVectors() throws {
    let vectors = try NMSVectors()
    let merged = Merging(.voting, threshold: 0.5).apply(to: vectors.detections())
    let expected = try #require(vectors.root.member("box_vote_0_5").arrayValue).map(\.numbers)
    #expect(merged.detections.count == expected.count)
    for (detection, values) in zip(merged.detections, expected) {
      #expect(close(detection.box, values))
    }
    #expect(merged.detections.map(\.score) == [0.95, 0.8, 0.5])
  }

  // MARK: - Arithmetic of the papers

  /// Equations 1 to 5 of arXiv:1910.13302 by hand: three models, two of which see the object.
  @Test func fusionFollowsItsPaper() {
    let detections = [
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 10), score: 0.9, classID: 3),
      Detection(box: Box(minX: 1, minY: 0, maxX: 11, maxY: 12), score: 0.6, classID: 3),
      Detection(box: Box(minX: 50, minY: 50, maxX: 60, maxY: 60), score: 0.3, classID: 3),
      Detection(box: Box(minX: 0, minY: 0, maxX: 10, maxY: 10), score: 0.4, classID: 1),
    ]
    let merged = Merging(.weightedFusion).apply(to: detections, sources: [0, 1, 2, 0])
    #expect(merged.leaders == [0, 3, 2])
    // x: (0.9 * 0 + 0.6 * 1) / 1.5; y: (0.9 * 10 + 0.6 * 12) / 1.5.
    #expect(close(merged.detections[0].box, [0.4, 0, 10.4, 10.8], within: 1e-12))
    // (0.9 + 0.6) / 2 * min(2, 3) / 3.
    #expect(abs(merged.detections[0].score - 0.5) <= 1e-12)
    #expect(abs(merged.detections[1].score - 0.4 / 3) <= 1e-12)
    #expect(abs(merged.detections[2].score - 0.1) <= 1e-12)
    #expect(merged.members == [[0, 1], [3], [2]])
    // More boxes than models do not raise the score.
    var merging = Merging(.weightedFusion)
    merging.sourceCount = 1
    #expect(abs(merging.apply(to: detections).detections[0].score - 0.75) <= 1e-12)
    merging.fusedScore = .maximum
    #expect(merging.apply(to: detections).detections[0].score == 0.9)
  }

  @Test func fusionMovesLandmarksWithTheBox() {
    func detection(_ x: Double, _ score: Double, landmarks: Int) -> Detection {
      Detection(
        box: Box(minX: x, minY: 0, maxX: x + 10, maxY: 10), score: score, classID: 0,
        landmarks: (0..<landmarks).map { Point(x: x + Double($0), y: 5) })
    }
    let pair = [detection(0, 0.75, landmarks: 2), detection(1, 0.25, landmarks: 2)]
    let fused = Merging(.weightedFusion).apply(to: pair).detections[0]
    #expect(fused.landmarks == [Point(x: 0.25, y: 5), Point(x: 1.25, y: 5)])
    let unlike = [detection(0, 0.75, landmarks: 2), detection(1, 0.25, landmarks: 1)]
    #expect(
      Merging(.weightedFusion).apply(to: unlike).detections[0].landmarks == unlike[0].landmarks)
  }

  /// Three boxes in a row: the second decays the third less because it is itself overlapped.
  @Test func matrixCompensates() {
    let detections = [0.0, 5, 8].map {
      Detection(
        box: Box(minX: $0, minY: 0, maxX: $0 + 10, maxY: 10), score: 0.9 - $0 / 20, classID: 0)
    }
    let merged = Merging(.matrixLinear).apply(to: detections)
    // IoU(0, 1) = 5 / 15, IoU(1, 2) = 7 / 13, IoU(0, 2) = 2 / 18.
    let third = min(1 - 2.0 / 18, (1 - 7.0 / 13) / (1 - 5.0 / 15))
    #expect(merged.leaders == [0, 1, 2])
    #expect(abs(merged.detections[1].score - 0.65 * (1 - 5.0 / 15)) <= 1e-12)
    #expect(abs(merged.detections[2].score - 0.5 * third) <= 1e-12)
    #expect(merged.fates[2].rival == 1)
    #expect(merged.fates[2].overlap == 7.0 / 13)
  }

  /// A chain of four boxes, each half over the next.
  @Test func chainsAreForNonMaximumMergingOnly() {
    let detections = [0.0, 5, 10, 30].map {
      Detection(
        box: Box(minX: $0, minY: 0, maxX: $0 + 10, maxY: 10), score: 0.9 - $0 / 100, classID: 0)
    }
    let chained = Merging(.nonMaximumMerging, threshold: 0.4).apply(to: detections)
    #expect(chained.leaders == [0, 3])
    #expect(chained.detections[0].box == Box(minX: 0, minY: 0, maxX: 20, maxY: 10))
    #expect(chained.detections[0].score == 0.9)
    #expect(chained.members == [[0, 1, 2], [3]])
    let greedy = Merging(.greedyNonMaximumMerging, threshold: 0.4).apply(to: detections)
    #expect(greedy.leaders == [0, 2, 3])
    #expect(greedy.detections[0].box == Box(minX: 0, minY: 0, maxX: 15, maxY: 10))
    // Collecting takes an overlap equal to the threshold, growing does not.
    let equal = Merging(.greedyNonMaximumMerging, threshold: 0.5).apply(to: detections)
    #expect(equal.detections.map(\.box) == [0, 2, 3].map { detections[$0].box })
    #expect(equal.fates[1].outcome == .suppressed)
  }

  // MARK: - Laws

  @Test(arguments: Merging.Kind.allCases) func doesNotDependOnTheOrder(_ kind: Merging.Kind) {
    var random = RandomDetections(seed: 5)
    // Random scores are distinct here.
    let detections = random.clusters(objects: 20, each: 9, extent: 300, classes: 2)
    #expect(Set(detections.map(\.score)).count == detections.count)
    let expected = Merging(kind).apply(to: detections).detections
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<3 {
      #expect(
        Merging(kind).apply(to: detections.shuffled(using: &generator)).detections == expected)
    }
  }

  @Test(arguments: Merging.Kind.allCases) func resultsAreOrderedAndBounded(_ kind: Merging.Kind) {
    var random = RandomDetections(seed: 7)
    let detections = random.clusters(objects: 15, each: 8, extent: 300, classes: 2)
    let merged = Merging(kind).apply(to: detections)
    #expect(
      zip(merged.detections, merged.detections.dropFirst()).allSatisfy { $0.score >= $1.score })
    for (detection, members) in zip(merged.detections, merged.members) {
      let leader = detections[members[0]]
      #expect(detection.score <= leader.score && detection.classID == leader.classID)
      switch kind {
      case .none, .suppression, .softLinear, .softGaussian, .matrixLinear, .matrixGaussian:
        #expect(detection.box == leader.box)
      case .nonMaximumMerging, .greedyNonMaximumMerging:
        let parts = members.filter {
          $0 == members[0] || merged.fates[$0].outcome == .merged
        }.map { detections[$0].box }
        #expect(detection.box == parts.dropFirst().reduce(parts[0]) { $0.enclosing($1) })
      case .voting, .weightedFusion:
        let hull = detections.map(\.box).reduce(leader.box) { $0.enclosing($1) }
        #expect(hull.enclosing(detection.box) == hull)
      }
    }
    var limited = Merging(kind)
    limited.maxDetections = 4
    let first = limited.apply(to: detections)
    #expect(first.detections == Array(merged.detections.prefix(4)))
    #expect(
      first.fates.count { $0.outcome == .beyondMaxDetections } == merged.detections.count - 4)
  }

  @Test(arguments: OverlapMeasure.allCases) func suppressionIsIdempotent(_ measure: OverlapMeasure)
  {
    var random = RandomDetections(seed: 8)
    let detections = random.clusters(objects: 20, each: 8, extent: 300, classes: 2)
    let merging = Merging(.suppression, measure: measure)
    let once = merging.apply(to: detections).detections
    #expect(merging.apply(to: once).detections == once)
    #expect(Set(once).isSubset(of: Set(detections)))
    #expect(Suppression(overlapThreshold: 0.5, measure: measure).apply(to: detections) == once)
  }

  @Test(arguments: Merging.Kind.allCases) func emptyAndSingle(_ kind: Merging.Kind) {
    #expect(Merging(kind).apply(to: []).detections.isEmpty)
    let one = Detection(
      box: Box(minX: 0.1, minY: 0.2, maxX: 10.3, maxY: 7.7), score: 0.3, classID: 4,
      landmarks: [Point(x: 1, y: 2)], polygon: [Point(x: 3, y: 4)])
    let merged = Merging(kind).apply(to: [one])
    #expect(merged.leaders == [0])
    #expect(merged.detections[0].score == 0.3)
    #expect(merged.detections[0].landmarks == one.landmarks)
    #expect(merged.detections[0].polygon == one.polygon)
    #expect(close(merged.detections[0].box, [0.1, 0.2, 10.3, 7.7], within: 1e-14))
  }

  /// Boxes that all cover each other, which is the most pairs there can be.
  @Test(arguments: Merging.Kind.allCases) func manyIdenticalBoxes(_ kind: Merging.Kind) {
    let box = Box(minX: 3, minY: 4, maxX: 50, maxY: 60)
    let detections = (0..<20_000).map {
      Detection(box: box, score: 0.9 - Double($0) / 100_000, classID: 0)
    }
    let merged = Merging(kind).apply(to: detections)
    switch kind {
    case .none: #expect(merged.leaders == Array(detections.indices))
    case .softGaussian, .matrixGaussian: #expect(merged.leaders.first == 0)
    default: #expect(merged.leaders == [0])
    }
  }
}
