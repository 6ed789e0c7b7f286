import Detectors
import Geometry
import Imaging
import Pyramids
import TestSupport
import Testing

/// Strategies over a published network on a real photo.
@Suite(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
struct GridStrategyGoldenTests {
  private func detector(threads: Int = 2) throws -> any Detector {
    let shared = try #require(TestFiles.shared)
    var options = DetectorOptions()
    options.keepsGraph = true
    options.threads = threads
    return try DetectorLoader.load(
      modelPath: shared + "/models/yolox_nano_416.onnx", options: options)
  }

  private func photo() throws -> Image {
    let shared = try #require(TestFiles.shared)
    return try ImageDecoder().decode(path: shared + "/photos/dog.jpg").image
  }

  @Test func allHeadsTogetherAreTheSinglePass() throws {
    let detector = try detector()
    let image = try photo()
    let single = try detector.detect(image).detections
    let pyramid = try PyramidDetector(
      detector, strategy: FeatureStrategy(), merging: Merging(.suppression))
    let result = try pyramid.detect(image)
    #expect(result.pyramid?.passes.map(\.name) == ["P3", "P4", "P5"])
    #expect(result.detections.count == single.count && !single.isEmpty)
    for (found, expected) in zip(result.detections, single) {
      #expect(found == expected)
    }
  }

  @Test func threadsDoNotMatter() throws {
    let image = try photo()
    var results: [[Detection]] = []
    for threads in [1, 3] {
      let detector = try detector(threads: threads)
      let strategy = try ImageStrategy()
      results.append(
        try PyramidDetector(
          detector, strategy: strategy, merging: strategy.merging(for: detector)
        ).detect(image).detections)
    }
    #expect(results[0] == results[1] && !results[0].isEmpty)
  }

  /// A network that takes one size only sees a level of twice its size through windows.
  @Test func fixedNetworksLookThroughWindows() throws {
    let shared = try #require(TestFiles.shared)
    var options = DetectorOptions()
    options.keepsGraph = true
    let detector = try DetectorLoader.load(
      modelPath: shared + "/models/fastestdet_352.onnx", options: options)
    var settings = ImageStrategy.Options()
    settings.scales = [0.5, 1, 2]
    let passes = try ImageStrategy(settings).passes(
      for: Size(width: 768, height: 576), detector)
    #expect(passes[0].region == Box(minX: 0, minY: 0, maxX: 1536, maxY: 1152))
    #expect(passes[1].name == "1x")
    #expect(passes.dropFirst(2).allSatisfy { $0.kind == .tile && $0.region.width == 384 })
    #expect(passes.count == 2 + 9)
  }
}
