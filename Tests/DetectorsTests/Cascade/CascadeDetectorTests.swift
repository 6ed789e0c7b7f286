import Detectors
import Geometry
import Imaging
import TestSupport
import Testing

@Suite struct CascadeDetectorTests {
  private func detector(
    _ preset: CascadeConventions.Preset = .mtcnnONNX, minFaceSize: Double = 20,
    thresholds: [Double] = CascadeOptions.defaultThresholds, threads: Int = 1
  ) throws -> CascadeDetector {
    var options = try CascadeOptions(
      ladder: ScaleLadder(minFaceSize: minFaceSize), thresholds: thresholds,
      conventions: CascadeConventions(preset))
    options.threads = threads
    return try CascadeDetector(weights: .builtIn(), options: options)
  }

  private func noise(_ width: Int, _ height: Int) -> Image {
    var generator = SeededGenerator(seed: 9)
    let samples = generator.floats(width * height * 3).map { UInt8((abs($0) * 255).clamped()) }
    return Image(size: Size(width: width, height: height), samples: samples)
  }

  @Test(arguments: CascadeConventions.Preset.allCases)
  func everySizeWorks(_ preset: CascadeConventions.Preset) throws {
    let detector = try detector(preset)
    for (width, height) in [
      (1, 1), (11, 500), (500, 11), (19, 19), (20, 20), (21, 20), (33, 47), (20, 300),
    ] {
      let result = try detector.detect(noise(width, height))
      #expect(result.detections.isEmpty, "\(width)x\(height)")
      let levels = try #require(result.cascade).stages[0].levels
      #expect(levels.isEmpty == (min(width, height) < 20), "\(width)x\(height)")
    }
  }

  /// Thresholds of zero let everything through; the boxes are finite and in the picture.
  @Test func nothingIsTooMuch() throws {
    let result = try detector(thresholds: [0, 0, 0]).detect(noise(64, 48))
    #expect(!result.detections.isEmpty)
    for detection in result.detections {
      #expect(detection.box == detection.box.clipped(to: Size(width: 64, height: 48)))
      #expect(detection.box.isValid && detection.landmarks.count == 5)
    }
  }

  @Test func levelsAreLimited() throws {
    let image = Image(
      size: Size(width: 3000, height: 3000), samples: .init(repeating: 0, count: 27_000_000))
    #expect(throws: DetectorError.self) { try detector(minFaceSize: 1).detect(image) }
  }

  @Test func refusals() throws {
    for thresholds in [[], [0.5, 0.5], [0.5, 0.5, 1.5], [0.5, .nan, 0.5]] {
      #expect(throws: DetectorError.self) {
        try CascadeOptions(ladder: ScaleLadder(), thresholds: thresholds)
      }
    }
  }

  private func astronaut() throws -> Image {
    try ImageDecoder().decode(path: TestFiles.fixture("photos/astronaut.png")).image
  }

  /// NASA's portrait of Eileen Collins has one face; its box surrounds its landmarks.
  @Test(arguments: CascadeConventions.Preset.allCases)
  func portrait(_ preset: CascadeConventions.Preset) throws {
    let image = try astronaut()
    let result = try detector(preset, minFaceSize: 40).detect(image)
    let face = try #require(result.detections.first)
    #expect(result.detections.count == 1)
    #expect(face.score > 0.99)
    let around = Box(minX: 150, minY: 40, maxX: 300, maxY: 240)
    #expect(face.box.intersectionArea(around) == face.box.area)
    #expect(face.landmarks.count == 5)
    for point in face.landmarks {
      #expect(point.x > face.box.minX && point.x < face.box.maxX)
      #expect(point.y > face.box.minY && point.y < face.box.maxY)
    }
    #expect(face.landmarks[0].x < face.landmarks[1].x)
    #expect(face.landmarks[2].y < face.landmarks[3].y)
    let stages = try #require(result.cascade).stages
    #expect(stages.map(\.network) == [.proposal, .refinement, .output])
    #expect(stages[0].levels.map(\.kept).reduce(0, +) == stages[0].candidates)
    #expect(stages.allSatisfy { $0.kept <= $0.candidates })
  }

  @Test func threadsDoNotChangeTheResult() throws {
    let image = try astronaut()
    let one = try detector(minFaceSize: 60).detect(image)
    let three = try detector(minFaceSize: 60, threads: 3).detect(image)
    #expect(one.detections == three.detections)
  }
}

extension Float {
  fileprivate func clamped() -> Float { Swift.min(Swift.max(self, 0), 255) }
}
