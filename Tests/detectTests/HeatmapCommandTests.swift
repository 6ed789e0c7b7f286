import Geometry
import Imaging
import StrictJSON
import TestSupport
import Testing

/// `detect` with a heatmap detector.
@Suite struct HeatmapCommandTests {
  private let folder: TemporaryFolder
  private let model: String
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    model = try RedHeatmap.write(into: folder)
    detect = try ProcessRunner.detect()
  }

  @Test func peaksBecomeBoxes() throws {
    // One cell of 4 x 4 pixels is all red: the one at columns 8..<12 and rows 12..<16.
    var samples = [UInt8](repeating: 0, count: 32 * 32 * 3)
    for y in 12..<16 { for x in 8..<12 { samples[(y * 32 + x) * 3] = 255 } }
    let picture = try folder.write(
      try ImageEncoder.png(Image(size: Size(width: 32, height: 32), samples: samples)), to: "a.png")
    let result = try detect.run([
      picture, "--model", model, "--family", "centernet", "--imgsz", "32", "--conf", "0.3",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let record = try JSONReader.parse(result.output)
    let found = try #require(record["detections"]?.arrayValue)
    #expect(found.count == 1)
    // Cell (2, 3) plus the offset of a half, at a stride of 4, with 3 x 2 cells around it.
    let corners = try #require(found.first?["bbox"]?.arrayValue).compactMap(\.doubleValue)
    for (corner, expected) in zip(corners, [4.0, 10, 16, 18]) {
      #expect(abs(corner - expected) < 0.01, "\(corners)")
    }
  }

  @Test func classesOfAGroupSuppressEachOther() throws {
    let reds = try RedHeatmap.write(into: folder, classCount: 2)
    let picture = try folder.write(RedDetector.picture(x: 8, y: 12), to: "a.png")
    func classes(_ flags: [String]) throws -> [Int] {
      let result = try detect.run(
        [
          picture, "--model", reds, "--family", "centernet", "--imgsz", "32", "--conf", "0.3",
          "--iou", "0.5",
        ] + flags)
      #expect(result.exitCode == 0, "\(result.errors)")
      let found = try JSONReader.parse(result.output)["detections"]?.arrayValue
      return try #require(found).compactMap { $0["class_id"]?.intValue }
    }
    let apart = try classes([])
    #expect(Set(apart) == [0, 1])
    #expect(try classes(["--nms-groups", "0,1"]) == apart)
    let together = try classes(["--nms-groups", "0+1"])
    #expect(Set(together) == [0])
    #expect(try classes(["--agnostic-nms"]) == together)
    let wrong = ["--model", reds, "--family", "centernet", "--nms-groups", "0+cat"]
    #expect(try detect.run([picture] + wrong).exitCode == 64)
  }

  /// Windows are the largest whose values take a quarter of the limit, divided by the workers; one
  /// 512 pixels wide takes more than 5.3 MiB, one of 384 more than 2.5, with blocks of 8 or 16 channels.
  @Test(arguments: [("1G", nil), ("170M", 384), ("80M", 256)])
  func aMemoryLimitChoosesTheWindows(_ limit: String, _ side: Int?) throws {
    let faces = try RedHeatmap.writeFaces(into: folder)
    let picture = try folder.write(
      try RedDetector.blackPicture(width: 900, height: 700), to: "a.png")
    let result = try detect.run([
      picture, "--model", faces, "--family", "centerface", "--pyramid", "tiles", "--workers", "8",
      "--max-memory", limit,
    ])
    if let side {
      let first = result.errors.split(separator: "\n").first
      #expect(first == "detect: --max-memory: windows of \(side)x\(side)")
      return
    }
    #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.errors)")
    let levels = try #require(try JSONReader.parse(result.output)["levels"]?.arrayValue)
    let tiles = levels.filter { $0["tile"]?.stringValue != nil }
    #expect(tiles.count == 4)
    #expect(tiles.allSatisfy { $0["width"] == 512 && $0["height"] == 512 })
  }

  @Test func aMemoryLimitForNoWindowIsRefused() throws {
    let faces = try RedHeatmap.writeFaces(into: folder)
    let picture = try folder.write(RedDetector.picture(), to: "a.png")
    let refused = try detect.run([
      picture, "--model", faces, "--family", "centerface", "--pyramid", "tiles", "--workers", "8",
      "--max-memory", "4M",
    ])
    #expect(refused.exitCode == 64)
    #expect(refused.errors.contains("even with windows of 128x128"), "\(refused.errors)")
  }

  @Test func aRunGoesOnOnlyWithTheSameExternalData() throws {
    let model = try RedHeatmap.write(into: folder, hasExternalData: true)
    let picture = try folder.write(RedDetector.picture(), to: "a.png")
    let arguments = [
      picture, "--model", model, "--family", "centernet", "--shard", "0/1", "--output",
      folder.file("part"), "--resume",
    ]
    for _ in 0..<2 {
      let result = try detect.run(arguments)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    try folder.write([UInt8](repeating: 0, count: 48 * 4), to: "heat.weight.bin")
    let refused = try detect.run(arguments)
    #expect(refused.exitCode == 65)
    #expect(refused.errors.contains("model SHA-256 differs"), "\(refused.errors)")
  }

  @Test func theHeatmapIsSavedAsAPicture() throws {
    let picture = try folder.write(RedDetector.picture(), to: "a.png")
    let saved = folder.file("heat")
    let result = try detect.run([
      picture, "--model", model, "--family", "centernet", "--save-heatmap", saved,
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let overlay = try ImageDecoder().decode(path: saved + "/a.png").image
    #expect(overlay.size == Size(width: 32, height: 32))
    let original = try ImageDecoder().decode(path: picture).image
    #expect(overlay.samples != original.samples)
  }

  @Test func picturesWithoutAHeatmapAreAUsageError() throws {
    let picture = try folder.write(RedDetector.picture(), to: "a.png")
    let red = try RedDetector.write(into: folder)
    for options in [["--model", red], []] {
      let result = try detect.run([picture, "--save-heatmap", folder.file("heat")] + options)
      #expect(result.exitCode == 64)
      #expect(result.errors.contains("has no heatmaps"))
      #expect(result.output == "")
    }
  }

  @Test func theMirroredPictureGivesTheSameBoxOnASymmetricPicture() throws {
    let picture = try folder.write(RedDetector.picture(x: 11, y: 8), to: "a.png")
    let options = [picture, "--model", model, "--family", "centernet", "--conf", "0.3"]
    let plain = try detect.run(options)
    let averaged = try detect.run(options + ["--flip-test"])
    #expect(plain.exitCode == 0 && averaged.exitCode == 0)
    #expect(plain.output == averaged.output)
    #expect(plain.output.contains(#""bbox""#))
  }
}
