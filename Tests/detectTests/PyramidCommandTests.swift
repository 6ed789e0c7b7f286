import Geometry
import Imaging
import StrictJSON
import TestSupport
import Testing

@Suite struct PyramidCommandTests {
  private let folder: TemporaryFolder
  private let model: String
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    model = try RedDetector.write(into: folder)
    detect = try ProcessRunner.detect()
  }

  private func record(_ flags: [String]) throws -> JSONValue {
    let path = try folder.write(RedDetector.picture(x: 8, y: 12), to: "a.png")
    let result = try detect.run([path, "--model", model, "--iou", "0.3", "--max-det", "1"] + flags)
    #expect(result.exitCode == 0, "\(result.errors)")
    return try JSONReader.parse(String(result.output.split(separator: "\n")[0]))
  }

  @Test func singleIsTheDefaultAndAddsNothing() throws {
    let record = try record([])
    #expect(try self.record(["--pyramid", "single"]) == record)
    #expect(record["pyramid"] == "single")
    #expect(record["levels"] == nil)
    #expect(record["detections"]?.arrayValue?.first?["level"] == nil)
  }

  @Test func recordsNameLevelsAndTiles() throws {
    let image = try record(["--pyramid", "image", "--scales", "1,2", "--scale-ranges", "none"])
    #expect(image["pyramid"] == "image")
    let levels = try #require(image["levels"]?.arrayValue)
    #expect(levels.map { $0["level"] } == ["1x", "2x"])
    #expect(levels.map { $0["width"] } == [32, 64])
    let found = try #require(image["detections"]?.arrayValue?.first)
    #expect(found["level"] == "1x")
    #expect(found["bbox"] == [3.5, 7.5, 13.5, 17.5])
    let tiles = try record([
      "--pyramid", "tiles", "--slice-width", "24", "--slice-height", "24",
      "--no-standard-prediction",
    ])
    let names = tiles["levels"]?.arrayValue?.map { $0["tile"]?.stringValue }
    #expect(names == ["0,0 24x24", "8,0 24x24", "0,8 24x24", "8,8 24x24"])
    #expect(tiles["detections"]?.arrayValue?.first?["tile"]?.stringValue?.isEmpty == false)
    let feature = try record(["--pyramid", "feature"])
    #expect(feature["levels"]?.arrayValue?.map { $0["level"] } == ["P0"])
    #expect(feature["detections"]?.arrayValue?.first?["level"] == "P0")
    #expect(try record(["--pyramid", "coarse-to-fine"])["pyramid"] == "coarse-to-fine")
  }

  @Test(arguments: [
    ["--pyramid", "nothing"], ["--pyramid", "single", "--scales", "1,2"],
    ["--pyramid", "image", "--scales", "0"], ["--pyramid", "image", "--scales", "1,nan"],
    ["--pyramid", "image", "--scales", "1", "--octaves", "1"],
    ["--pyramid", "image", "--per-octave", "2"], ["--pyramid", "image", "--octaves", "99"],
    ["--pyramid", "image", "--scales", "1,2", "--scale-ranges", "10-20"],
    ["--pyramid", "image", "--scales", "1", "--scale-ranges", "20-10"],
    ["--pyramid", "image", "--levels", "P9"], ["--pyramid", "feature", "--levels", ""],
    ["--pyramid", "feature", "--merge", "wbf"], ["--pyramid", "tiles", "--flip"],
    ["--pyramid", "tiles", "--slice-width", "0"],
    ["--pyramid", "tiles", "--overlap-width-ratio", "1"],
    ["--pyramid", "coarse-to-fine", "--max-regions", "0"],
    ["--pyramid", "coarse-to-fine", "--budget-ms", "-1"],
  ])
  func whatMakesNoSenseIsAUsageError(_ flags: [String]) throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let result = try detect.run([path, "--model", model] + flags)
    #expect(result.exitCode == 64, "\(flags)")
    #expect(result.output == "" && !result.errors.isEmpty)
  }

  @Test func theCascadeHasNoFeaturePyramid() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let result = try detect.run([path, "--pyramid", "feature"])
    #expect(result.exitCode == 64)
    #expect(result.errors.contains("cascade of three networks"))
  }

  /// The cascade's first network on a canvas, the others as they are.
  @Test func theCascadePacks() throws {
    let path = try folder.write(RedDetector.blackPicture(width: 60, height: 50), to: "a.png")
    let result = try detect.run([path, "--pyramid", "packed"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let record = try JSONReader.parse(String(result.output.split(separator: "\n")[0]))
    #expect(record["pyramid"] == "packed")
    #expect(record["levels"]?.arrayValue?.map { $0["level"] } == ["1x"])
    #expect(record["detections"] == [])
  }

  /// A JPEG eight times as large as the input: boxes are in its own pixels, however it was decoded.
  @Test(arguments: [
    ["--pyramid", "single"], ["--pyramid", "image", "--scales", "1,2", "--scale-ranges", "none"],
    ["--pyramid", "packed", "--scales", "1", "--scale-ranges", "none"],
  ])
  func draftsGiveBoxesOfThePicture(_ flags: [String]) throws {
    var samples = [UInt8](repeating: 0, count: 256 * 256 * 3)
    for row in 96..<176 {
      for column in 64..<144 { samples[(row * 256 + column) * 3] = 255 }
    }
    let image = Image(size: Size(width: 256, height: 256), samples: samples)
    let path = try folder.write(ImageEncoder.jpeg(image, quality: 95), to: "a.jpg")
    let result = try detect.run([path, "--model", model, "--max-det", "1", "--draft"] + flags)
    #expect(result.exitCode == 0, "\(result.errors)")
    let record = try JSONReader.parse(String(result.output.split(separator: "\n")[0]))
    #expect(record["width"] == 256 && record["height"] == 256)
    let found = record["detections"]?.arrayValue?.first
    let edges = try #require(found?["bbox"]?.arrayValue).compactMap(\.doubleValue)
    #expect(edges.count == 4)
    #expect((64...144).contains((edges[0] + edges[2]) / 2))
    #expect((96...176).contains((edges[1] + edges[3]) / 2))
    #expect(edges[2] - edges[0] == 80 || edges[2] - edges[0] == 40)
  }

  @Test func draftsAreForRunsAndEvaluation() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let explained = try detect.run([
      "explain", path, "--model", model, "--box", "1,1,9,9", "--draft",
    ])
    let compared = try detect.run([
      "compare", path, "--model", model, "--pyramids", "single", "--with", "image --draft",
    ])
    for result in [explained, compared] {
      #expect(result.exitCode == 64)
      #expect(result.errors.contains("--draft"))
    }
  }
}
