import Geometry
import StrictJSON
import TestSupport
import Testing

/// Weighted boxes fusion against the package of its authors; `Scripts/make_merging_fixtures.py` wrote
/// the file.
@Suite struct MergingGoldenTests {
  @Test func fusionAgreesWithItsAuthorsPackage() throws {
    let file = try JSONReader.parse(
      TestFiles.bytes(TestFiles.fixture("merging/weighted_boxes_fusion.json")))
    let cases = try #require(file.member("cases").arrayValue)
    #expect(cases.count == 24)
    for (number, golden) in cases.enumerated() {
      let rows = try #require(golden.member("boxes").arrayValue).map(\.numbers)
      let expected = try #require(golden.member("fused").arrayValue).map(\.numbers)
      var merging = Merging(
        .weightedFusion, threshold: try golden.member("threshold").numbers[0])
      merging.fusedScore = golden["score"] == "max" ? .maximum : .mean
      merging.sourceCount = try golden.member("models").integers[0]
      let merged = merging.apply(
        to: rows.map {
          Detection(
            box: Box(minX: $0[0], minY: $0[1], maxX: $0[2], maxY: $0[3]), score: $0[4],
            classID: Int($0[5]))
        }, sources: rows.map { Int($0[6]) })
      #expect(merged.detections.count == expected.count, "case \(number)")
      for (detection, values) in zip(merged.detections, expected) {
        let box = detection.box
        let actual = [box.minX, box.minY, box.maxX, box.maxY, detection.score]
        // The package keeps fused boxes in Float32.
        for (a, b) in zip(actual, values) { #expect(abs(a - b) <= 1e-6, "case \(number)") }
        #expect(detection.classID == Int(values[5]))
      }
    }
  }
}
