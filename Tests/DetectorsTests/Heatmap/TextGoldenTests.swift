import Detectors
import FoundationEssentials
import Geometry
import Imaging
import TestSupport
import Testing

/// PP-OCRv4's text detection on a page drawn with the program's own font.
@Suite struct TextGoldenTests {
  /// `ppocrv4-det.onnx` in `$DETECT_MODELS` or the package's `models`.
  static let model: String? = {
    let folder = ProcessInfo.processInfo.environment["DETECT_MODELS"]
    let paths = [folder, TestFiles.root + "/models"].compactMap {
      $0.map { $0 + "/ppocrv4-det.onnx" }
    }
    return paths.first { FileManager.default.fileExists(atPath: $0) }
  }()

  @Test(.enabled(if: model != nil, "needs models/ppocrv4-det.onnx"))
  func findsTheLinesOfARenderedPage() throws {
    // Letters of 640 pixels' height have dots of 2 pixels: lines are 16 pixels high.
    let size = Size(width: 640, height: 640)
    let lines = [
      (x: 40, y: 100, text: "The quick brown fox jumps over"),
      (x: 120, y: 200, text: "the lazy dog"), (x: 60, y: 420, text: "Sphinx of black quartz"),
      (x: 300, y: 560, text: "judge my vow 1234"),
    ]
    let blank = Image(
      size: size, samples: [UInt8](repeating: 255, count: size.width * size.height * 3))
    let page = blank.drawing(
      lines.map { line in
        let corner = (x: Double(line.x), y: Double(line.y))
        return Annotation(
          box: Box(minX: corner.x, minY: corner.y, maxX: corner.x + 2, maxY: corner.y + 2),
          label: line.text, color: .white)
      })
    var options = DetectorOptions()
    options.threads = 2
    let detector = try DetectorLoader.load(modelPath: try #require(Self.model), options: options)
    let found = try detector.detect(page).detections
    #expect(detector.summary.family == "db-text")
    #expect(found.count == lines.count)
    for line in lines {
      let (left, top) = (Double(line.x + 2), Double(line.y - 18))
      let expected = Box(
        minX: left, minY: top, maxX: left + Double(line.text.count * 12 - 2), maxY: top + 16)
      // Unclipped lines are taller than their letters by about half.
      let best = found.map { $0.box.intersectionOverUnion(expected) }.max() ?? 0
      #expect(best > 0.5, "\(line.text)")
    }
  }
}
