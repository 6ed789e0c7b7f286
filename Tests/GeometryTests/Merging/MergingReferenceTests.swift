import Geometry
import TestSupport
import Testing

/// The fast routines against the definitions.
@Suite struct MergingReferenceTests {
  /// Every kind, measure and threshold that make sense, by turns.
  private func mergings(_ kind: Merging.Kind, round: Int) -> [Merging] {
    OverlapMeasure.allCases.enumerated().map { place, measure in
      var merging = Merging(
        kind, measure: measure, threshold: [0.5, 0.25, 0.0, 0.75, 1.0, 0.95][(round + place) % 6],
        isClassAgnostic: round % 3 == 1)
      merging.boundary = round % 4 == 2 ? .greaterThanOrEqual : .greaterThan
      merging.fusedScore = round % 2 == 0 ? .mean : .maximum
      merging.sourceCount = round % 5 == 4 ? 4 : nil
      merging.scoreThreshold = round % 5 == 1 ? 0.125 : nil
      merging.preLimit = round % 7 == 3 ? 40 : nil
      merging.maxDetections = round % 7 == 5 ? 9 : nil
      return merging
    }
  }

  private func check(
    _ merging: Merging, _ detections: [Detection], sources: [Int] = [], _ comment: String
  ) {
    let merged = merging.apply(to: detections, sources: sources)
    let expected = MergingDefinition(merging, detections, sources: sources).results
    #expect(
      merged.leaders == expected.map(\.leader), "\(merging.kind) \(merging.measure) \(comment)")
    for (detection, result) in zip(merged.detections, expected) {
      let other = result.detection
      // Sums run in the same order; only the exponential differs.
      #expect(abs(detection.score - other.score) <= 1e-12 * abs(other.score))
      #expect(detection.box == other.box)
      #expect(detection.classID == other.classID)
    }
    checkFates(merged, merging, detections)
  }

  /// What is said of each detection agrees with the results.
  private func checkFates(_ merged: Merged, _ merging: Merging, _ detections: [Detection]) {
    #expect(merged.fates.count == detections.count)
    let kept = merged.fates.indices.filter { merged.fates[$0].outcome == .kept }
    #expect(kept == merged.leaders.sorted())
    for (index, fate) in merged.fates.enumerated() {
      let isValid = detections[index].box.isValid && detections[index].score.isFinite
      #expect((fate.outcome == .invalid) == !isValid)
      guard fate.outcome == .suppressed, let rival = fate.rival, merging.kind != .nonMaximumMerging,
        merging.kind != .greedyNonMaximumMerging
      else { continue }
      #expect(detections[rival].score >= detections[index].score)
      #expect(
        fate.overlap == merging.measure.overlap(detections[rival].box, detections[index].box))
      #expect(fate.overlap >= merging.threshold)
    }
  }

  @Test(arguments: Merging.Kind.allCases) func agreesOnClusters(_ kind: Merging.Kind) {
    for round in 0..<12 {
      var random = RandomDetections(seed: UInt32(100 + round))
      let detections = random.clusters(
        objects: 1 + 3 * round, each: 7, extent: 400, classes: 1 + round % 4)
      let sources = detections.map { _ in random.integer(below: 3) }
      for merging in mergings(kind, round: round) {
        check(merging, detections, sources: sources, "clusters \(round)")
      }
    }
  }

  @Test(arguments: Merging.Kind.allCases) func agreesOnLattices(_ kind: Merging.Kind) {
    for round in 0..<24 {
      var random = RandomDetections(seed: UInt32(300 + round))
      let detections = random.lattice(count: [0, 1, 2, 3, 30, 150][round % 6])
      for merging in mergings(kind, round: round) {
        check(merging, detections, "lattice \(round)")
      }
    }
  }

  @Test(arguments: Merging.Kind.allCases) func agreesOnExtremes(_ kind: Merging.Kind) {
    for round in 0..<12 {
      var random = RandomDetections(seed: UInt32(500 + round))
      let detections = random.extremes(count: 120)
      for merging in mergings(kind, round: round) {
        check(merging, detections, "extremes \(round)")
      }
    }
  }

  /// The way detectors take, over more boxes than the short sort is for.
  @Test func candidatesAgreeWithDetections() {
    for round in 0..<6 {
      var random = RandomDetections(seed: UInt32(700 + round))
      var detections = random.clusters(objects: 40, each: 20, extent: 900, classes: 3)
      detections += random.lattice(count: 200)
      for index in detections.indices {
        detections[index].score = Double(Float(detections[index].score))
      }
      var candidates = Candidates()
      for detection in detections {
        let index = candidates.addBox(detection.box)
        candidates.append(
          boxIndex: index, classID: detection.classID, score: Float(detection.score))
      }
      let merging = Merging(.suppression, threshold: 0.45)
      var suppression = Suppression(overlapThreshold: 0.45)
      if round % 2 == 1 { suppression.maxDetections = 50 }
      let expected = MergingDefinition(merging, detections).results.map(\.leader)
      #expect(
        suppression.keptIndices(candidates)
          == Array(expected.prefix(suppression.maxDetections ?? .max)))
    }
  }

  /// Coordinates at the ends of the number range neither trap nor lose boxes.
  @Test(arguments: Merging.Kind.allCases) func survivesHugeNumbers(_ kind: Merging.Kind) {
    let largest = Double.greatestFiniteMagnitude
    let boxes = [
      Box(minX: -largest, minY: -largest, maxX: largest, maxY: largest),
      Box(minX: 1e300, minY: 0, maxX: 1e300.nextUp, maxY: 1),
      Box(minX: 0, minY: 0, maxX: .leastNonzeroMagnitude, maxY: .leastNonzeroMagnitude),
      Box(minX: -1e18, minY: 1e18, maxX: 1e18, maxY: 2e18),
      Box(minX: 0, minY: 0, maxX: 10, maxY: 10), Box(minX: 0, minY: 0, maxX: 10, maxY: 10),
      Box(minX: 1e15, minY: 1e15, maxX: 1e15 + 1, maxY: 1e15 + 1),
    ]
    let detections = boxes.enumerated().map {
      Detection(box: $0.element, score: 0.9 - 0.1 * Double($0.offset), classID: 0)
    }
    for measure in OverlapMeasure.allCases {
      let merged = Merging(kind, measure: measure).apply(to: detections)
      #expect(merged.leaders.contains(0))
      // By the smaller area it is a part of box 0.
      if measure != .intersectionOverMinimum { #expect(merged.leaders.contains(6)) }
    }
  }
}
