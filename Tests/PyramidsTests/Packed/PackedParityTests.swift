import Detectors
import FoundationEssentials
import Geometry
import Imaging
import Neural
import Pyramids
import TestSupport
import Testing

/// Real networks on real photos: levels packed on canvases against each level by itself.
///
/// With `DETECT_ALL_PHOTOS=1` in the environment, on all shared photos instead of one.
@Suite(
  .enabled(if: TestFiles.shared != nil, "needs ../shared"),
  .disabled(if: kernelsAreSlow, "whole models run in release builds"), .serialized)
struct PackedParityTests {
  static let models = [
    "shared/models/yolox_nano_416.onnx", "models/yolov3-tiny.cfg", "models/centerface.onnx",
    "shared/models/yolo-fastest-1.1.cfg",
  ].map { name in
    name.hasPrefix("shared/")
      ? (TestFiles.shared ?? "") + name.dropFirst("shared".count) : TestFiles.root + "/" + name
  }.filter { FileManager.default.fileExists(atPath: $0) }

  static let photos: [String] = {
    guard let shared = TestFiles.shared else { return [] }
    let folder = shared + "/photos"
    guard ProcessInfo.processInfo.environment["DETECT_ALL_PHOTOS"] != nil else {
      return [folder + "/dog.jpg"].filter { FileManager.default.fileExists(atPath: $0) }
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }
      .map { folder + "/" + $0 }
  }()

  private func detector(_ path: String) throws -> any Detector {
    var options = DetectorOptions()
    options.keepsGraph = true
    options.threads = 2
    return try DetectorLoader.load(modelPath: path, options: options)
  }

  private func photo(_ path: String) throws -> Image {
    let image = try ImageDecoder().decode(path: path).image
    // Whole networks at the size of a large photo take longer than a test should.
    let longest = max(image.size.width, image.size.height)
    guard longest > 1024 else { return image }
    func side(_ side: Int) -> Int { max(1, side * 1024 / longest) }
    return image.resized(
      to: Size(width: side(image.size.width), height: side(image.size.height)),
      filter: .antialiased(.triangle))
  }

  @Test(arguments: models, photos)
  func denseOutputsEqualEachLevelAlone(_ model: String, _ path: String) throws {
    let detector = try detector(model)
    let dense = try #require(detector as? any DenseDetector)
    let image = try photo(path)
    try expectDenseParity(dense, image)
  }

  @Test(arguments: models, photos)
  func boxesEqualThoseOfTheImagePyramid(_ model: String, _ path: String) throws {
    let detector = try detector(model)
    let image = try photo(path)
    var options = ImageStrategy.Options()
    options.scales = [0.5, 1, 1.5]
    let expected = try PyramidDetector(
      detector, strategy: ImageStrategy(options), merging: Merging(.none)
    ).detect(image).detections
    let found = try PyramidDetector(
      detector, strategy: PackedStrategy(options), merging: Merging(.none)
    ).detect(image).detections
    #expect(found == expected)
  }

  /// The cascade's ladder on canvases: the faces of its own ladder, whose kernel adds up in another
  /// order.
  @Test(arguments: photos, ["facenet-pytorch", "mtcnn-onnx"])
  func facesEqualThoseOfTheLadder(_ path: String, _ preset: String) throws {
    var options = try CascadeOptions(
      ladder: ScaleLadder(),
      conventions: CascadeConventions(#require(CascadeConventions.Preset(rawValue: preset))))
    options.threads = 2
    let cascade = try CascadeDetector(weights: .builtIn(), options: options)
    let image = try photo(path)
    let expected = try PyramidDetector(
      cascade, strategy: ImageStrategy(), merging: Merging(.none)
    ).detect(image)
    let found = try PyramidDetector(
      cascade, strategy: PackedStrategy(), merging: Merging(.none)
    ).detect(image)
    #expect(found.detections.count == expected.detections.count)
    for (a, b) in zip(found.detections, expected.detections) {
      #expect(abs(a.score - b.score) < 1e-5)
      #expect(abs(a.box.minX - b.box.minX) < 1e-2 && abs(a.box.maxY - b.box.maxY) < 1e-2)
    }
    #expect(
      found.cascade?.stages.map(\.kept) == expected.cascade?.stages.map(\.kept))
  }

  /// P-Net on the built-in weights.
  @Test(arguments: photos) func proposalsEqualBitForBit(_ path: String) throws {
    let network = try ProposalNetwork(
      weights: CascadeWeights.builtIn(), options: CascadeOptions(ladder: ScaleLadder()))
    try expectDenseParity(network, photo(path))
  }

  /// Bit for bit.
  private func expectDenseParity(_ dense: any DenseDetector, _ image: Image) throws {
    let scales = [1.0, 0.709, 0.5, 0.31, 0.2]
    let sizes = scales.map { dense.inputSize(for: image.size, scale: $0) }
    let workers = try WorkerPool(threads: 2)
    let levels = try PackedLevels(dense, sizes: sizes, canvas: nil, workers: workers)
    for plane in levels.planes {
      plane.fill { index, values in
        _ = dense.fill(values, canvas: sizes[index], from: image, resampling: .antialiased)
      }
      try plane.network.run()
      let maps = try dense.maps(of: plane.network, inputSize: plane.canvas)
      for (position, level) in plane.levels.enumerated() {
        let size = sizes[level.index]
        let graph = try dense.graph
        let alone = try Network(
          graph: graph, inputShapes: [graph.inputs[0].name: [1, 3, size.height, size.width]],
          options: dense.executionOptions, workers: workers)
        alone.withInput(0) {
          _ = dense.fill($0, canvas: size, from: image, resampling: .antialiased)
        }
        try alone.run()
        for expected in try dense.maps(of: alone, inputSize: size) {
          let map = try #require(maps.first { $0.head == expected.head })
          let window = try #require(plane.window(of: map, level: position))
          #expect(window.columns == expected.columns && window.rows == expected.rows)
          #expect(window.values == expected.values, "level \(size)")
        }
      }
    }
  }
}

let kernelsAreSlow: Bool = {
  var isDebug = false
  assert(
    {
      isDebug = true
      return true
    }())
  return isDebug && ProcessInfo.processInfo.environment["DETECT_ALL_PHOTOS"] == nil
}()
