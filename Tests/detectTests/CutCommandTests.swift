import Geometry
import Imaging
import StrictJSON
import TestSupport
import Testing

/// `detect info` on cuts, `detect calibrate`, `--pyramid feature-resampled` and `trident`.
@Suite struct CutCommandTests {
  private let folder: TemporaryFolder
  private let model: String
  private let picture: String
  private let detect: ProcessRunner

  private static let configuration = """
    [net]
    width=64
    height=64
    channels=3
    [convolutional]
    filters=4
    size=3
    stride=2
    pad=1
    activation=leaky
    [convolutional]
    filters=4
    size=3
    stride=1
    pad=1
    activation=leaky
    [convolutional]
    filters=6
    size=1
    stride=1
    pad=0
    activation=linear
    [yolo]
    mask=0
    anchors=10,10
    classes=1
    num=1

    """

  init() throws {
    folder = try TemporaryFolder()
    var generator = SeededGenerator(seed: 2)
    let count = 4 + 4 * 27 + 4 + 4 * 36 + 6 + 6 * 4
    let words = [0, 2, 0, 0, 0] + generator.floats(count).map(\.bitPattern)
    try folder.write(
      words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } },
      to: "two.weights")
    model = try folder.write(Array(Self.configuration.utf8), to: "two.cfg")
    picture = try folder.write(try RedDetector.picture(), to: "red.png")
    detect = try ProcessRunner.detect()
  }

  private func cut() throws -> String {
    let info = try JSONReader.parse(try detect.run(["info", model, "--json"]).standardOutput)
    return try #require(info["cuts"]?.arrayValue?.first?["layer"]?.stringValue)
  }

  @Test func infoListsCutsAndFields() throws {
    let info = try JSONReader.parse(try detect.run(["info", model, "--json"]).standardOutput)
    let cuts = try #require(info["cuts"]?.arrayValue)
    #expect(cuts.count == 2)
    #expect(cuts[0]["strides"] == [2])
    #expect(cuts[0]["receptive_fields"] == [3])
    #expect(cuts[0]["channels"] == [4])
    #expect(cuts[1]["receptive_fields"] == [7])
    let shares = cuts.compactMap { $0["work_before"]?.doubleValue }
    // 32 x 32 places of 108, 144 and 24 multiply-adds.
    #expect(shares == [0.3913, 0.913])
    let text = try detect.run(["info", model]).output
    #expect(text.contains("\ncuts:\n"))
    #expect(text.contains("strides 2, receptive_fields 3, channels 4, work_before 0.3913\n"))
    #expect(text.contains("\nreceptive_fields:\n"))
  }

  @Test func calibrationsAreWrittenAndRead() throws {
    let layer = try cut()
    let file = folder.path + "/laws.json"
    let made = try detect.run([
      "calibrate", picture, "--model", model, "--cut", layer, "-o", file,
    ])
    #expect(made.exitCode == 0, "\(made.errors)")
    let laws = try JSONReader.parse(TestFiles.bytes(file))
    #expect(laws["format"] == "detect-calibration")
    #expect(laws["cut"] == .string(layer))
    #expect(laws["images"] == 1)
    #expect(laws["maps"]?.arrayValue?.count == 1)
    let run = try detect.run([
      picture, "--model", model, "--pyramid", "feature-resampled", "--calibration", file,
    ])
    #expect(run.exitCode == 0, "\(run.errors)")
    let record = try JSONReader.parse(run.standardOutput)
    #expect(record["pyramid"] == "feature-resampled")
  }

  @Test func tridentNamesItsBranches() throws {
    let run = try detect.run([
      picture, "--model", model, "--pyramid", "trident", "--dilations", "1,2", "--scale-ranges",
      "none",
    ])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains("dilation 2"))
  }

  @Test(arguments: [
    ["--pyramid", "feature-resampled", "--cut", "nowhere"], ["--cut", "x"], ["--lambda", "1"],
    ["--pyramid", "feature-resampled", "--lambda", "nan"],
    ["--pyramid", "feature-resampled", "--per-octave", "0"],
    ["--pyramid", "feature-resampled", "--lambda", "1", "--calibration", "x"],
    ["--pyramid", "trident", "--dilations", "1,x"], ["--pyramid", "trident", "--dilations", "0"],
    ["--pyramid", "trident", "--dilations", "1,2"],
  ])
  func usageErrorsSayWhy(_ flags: [String]) throws {
    let run = try detect.run([picture, "--model", model] + flags)
    #expect(run.exitCode == 64)
    #expect(!run.errors.isEmpty)
    #expect(run.output == "")
  }

  @Test func brokenCalibrationsAreRefused() throws {
    for (name, content) in [
      ("a.json", "{}"), ("b.json", "{\"format\":\"detect-calibration\",\"cut\":\"c\"}"),
      (
        "c.json",
        "{\"format\":\"detect-calibration\",\"cut\":\"c\",\"maps\":[{\"name\":\"c\",\"lambda\":1e9}]}"
      ),
    ] {
      let path = try folder.write(Array(content.utf8), to: name)
      let run = try detect.run([
        picture, "--model", model, "--pyramid", "feature-resampled", "--calibration", path,
      ])
      #expect(run.exitCode == 65)
      #expect(run.errors.hasPrefix("detect: \(path): "))
    }
    #expect(try detect.run(["calibrate", picture]).exitCode == 0)
  }
}
