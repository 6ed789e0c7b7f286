import Detectors
import Geometry
import Imaging

/// Finds what is redder than 127: one box around each class of pixels, exact to the pixel, so that
/// what strategies do to boxes can be checked. The score is the share of the box that is red.
final class SquareFinder: Detector {
  private(set) var seen: [Size] = []

  var summary: DetectorSummary {
    DetectorSummary(
      family: "squares", classNames: ["red"], inputSize: Size(width: 0, height: 0),
      scoreThreshold: 0, overlapThreshold: 0.45, maxDetections: nil, multiplyAdds: 1000,
      instructionSet: "none")
  }

  func detect(_ image: Image) throws -> DetectionResult {
    seen.append(image.size)
    var box: Box?
    var count = 0
    for y in 0..<image.size.height {
      for x in 0..<image.size.width where image.samples[(y * image.size.width + x) * 3] > 127 {
        let pixel = Box(
          minX: Double(x), minY: Double(y), maxX: Double(x + 1), maxY: Double(y + 1))
        box = box?.enclosing(pixel) ?? pixel
        count += 1
      }
    }
    guard let box else { return DetectionResult(detections: [], stages: StageTimes()) }
    let detection = Detection(
      box: box, score: Double(count) / box.area * 0.9, classID: 0,
      landmarks: [
        Point(x: box.minX, y: box.minY), Point(x: box.maxX, y: box.minY),
        Point(x: (box.minX + box.maxX) / 2, y: (box.minY + box.maxY) / 2),
        Point(x: box.minX, y: box.maxY), Point(x: box.maxX, y: box.maxY),
      ])
    return DetectionResult(detections: [detection], stages: StageTimes())
  }
}

extension Image {
  /// A black picture with a red rectangle.
  init(_ width: Int, _ height: Int, red: Box) {
    var samples = [UInt8](repeating: 0, count: width * height * 3)
    for y in Int(red.minY)..<Int(red.maxY) {
      for x in Int(red.minX)..<Int(red.maxX) { samples[(y * width + x) * 3] = 255 }
    }
    self.init(size: Size(width: width, height: height), samples: samples)
  }
}
