import Geometry
import StrictJSON
import TestSupport
import Testing

@Suite struct SoftSuppressionTests {
  /// Vectors `soft_linear` and `soft_gaussian` of `13_nms.json`.
  @Test func matchesVectors() throws {
    let vectors = try NMSVectors()
    let cases: [(String, SoftSuppression.Decay)] = [
      ("soft_linear", .linear(overlapThreshold: 0.3)), ("soft_gaussian", .gaussian(sigma: 0.5)),
    ]
    for (key, decay) in cases {
      let expected = try #require(vectors.root.member(key).arrayValue).map(\.numbers)
      let survivors = SoftSuppression(decay: decay).survivors(vectors.detections())
      #expect(survivors.map(\.index) == expected.map { Int($0[0]) }, "\(key)")
      for (survivor, pair) in zip(survivors, expected) {
        #expect(abs(survivor.score - pair[1]) <= 1e-8, "\(key)")
      }
    }
  }

  @Test func classesDoNotDecayEachOther() throws {
    let vectors = try NMSVectors()
    let detections = vectors.detections(classAware: true)
    let perClass = SoftSuppression(decay: .linear(overlapThreshold: 0.3))
    let scores = perClass.survivors(detections)
    // Boxes 2 (class 1) and 3 (class 1) overlap by 0.056 only: untouched by classes 0.
    #expect(scores.first { $0.index == 3 }?.score == 0.75)
    var agnostic = perClass
    agnostic.isClassAgnostic = true
    #expect(agnostic.survivors(detections) == perClass.survivors(vectors.detections()))
  }

  @Test func lowScoresAreDroppedAndLimitsHold() {
    let box = Box(minX: 0, minY: 0, maxX: 10, maxY: 10)
    let detections = [
      Detection(box: box, score: 0.9, classID: 0), Detection(box: box, score: 0.8, classID: 0),
      Detection(box: Box(minX: 30, minY: 0, maxX: 40, maxY: 10), score: 0.5, classID: 0),
      Detection(box: Box(minX: 50, minY: 0, maxX: 60, maxY: 10), score: 0.0005, classID: 0),
    ]
    var soft = SoftSuppression(decay: .linear(overlapThreshold: 0.3))
    #expect(soft.survivors(detections).map(\.index) == [0, 2])
    #expect(soft.apply(to: detections).map(\.score) == [0.9, 0.5])
    soft.maxDetections = 1
    #expect(soft.survivors(detections).map(\.index) == [0])
    soft.maxDetections = nil
    soft.preLimit = 2
    #expect(soft.survivors(detections).map(\.index) == [0])
  }
}

@Suite struct BoxVotingTests {
  /// Vector `box_vote_0_5` of `13_nms.json`.
  @Test func matchesVectors() throws {
    let vectors = try NMSVectors()
    let all = vectors.detections()
    let kept = Suppression(overlapThreshold: 0.5).apply(to: all)
    let voted = BoxVoting(overlapThreshold: 0.5).apply(to: kept, candidates: all)
    let expected = try #require(vectors.root.member("box_vote_0_5").arrayValue).map(\.numbers)
    #expect(voted.count == expected.count)
    for (detection, values) in zip(voted, expected) {
      let box = detection.box
      for (actual, value) in zip([box.minX, box.minY, box.maxX, box.maxY], values) {
        #expect(abs(actual - value) <= 1e-8)
      }
    }
    #expect(voted.map(\.score) == kept.map(\.score))
  }

  @Test func otherClassesAndBrokenBoxesHaveNoVote() {
    let box = Box(minX: 0, minY: 0, maxX: 10, maxY: 10)
    let shifted = Box(minX: 1, minY: 0, maxX: 11, maxY: 10)
    let kept = [Detection(box: box, score: 0.5, classID: 0)]
    let others = [
      Detection(box: shifted, score: 0.5, classID: 1),
      Detection(box: shifted, score: .nan, classID: 0),
      Detection(box: Box(minX: .nan, minY: 0, maxX: 10, maxY: 10), score: 0.5, classID: 0),
    ]
    let voting = BoxVoting(overlapThreshold: 0.5)
    #expect(voting.apply(to: kept, candidates: kept + others) == kept)
    #expect(voting.apply(to: kept, candidates: []) == kept)
    let agnostic = BoxVoting(overlapThreshold: 0.5, isClassAgnostic: true)
    #expect(agnostic.apply(to: kept, candidates: kept + others)[0].box.minX == 0.5)
  }
}
