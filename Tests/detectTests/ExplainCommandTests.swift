import Geometry
import Imaging
import StrictJSON
import TestSupport
import Testing

/// `detect explain`.
@Suite struct ExplainCommandTests {
  private let folder: TemporaryFolder
  private let detect: ProcessRunner
  private let portrait = TestFiles.fixture("photos/astronaut.png")

  init() throws {
    folder = try TemporaryFolder()
    detect = try ProcessRunner.detect()
  }

  private func explain(_ arguments: [String]) throws -> JSONValue {
    let result = try detect.run(["explain", "--json"] + arguments)
    #expect(result.exitCode == 0, "\(result.errors)")
    return try JSONReader.parse(result.output)
  }

  private func candidates(_ explanation: JSONValue) throws -> [JSONValue] {
    try #require(explanation["candidates"]?.arrayValue)
  }

  private func box(_ value: JSONValue) throws -> Box {
    let edges = try value.member("bbox").numbers
    return Box(minX: edges[0], minY: edges[1], maxX: edges[2], maxY: edges[3])
  }

  // MARK: - Grids

  @Test func gridsTellCellAnchorAndFactors() throws {
    let model = try RedDetector.write(into: folder)
    let picture = try folder.write(RedDetector.picture(x: 8, y: 12), to: "a.png")
    let explanation = try explain([
      picture, "--model", model, "--box", "8,12,18,22", "--count", "60",
    ])
    #expect(explanation["pyramid"] == "single")
    let candidates = try candidates(explanation)
    #expect(candidates.count == 60)
    for candidate in candidates {
      let cell = try candidate.member("cell")
      let (column, row) = (
        try #require(cell["column"]?.intValue), try #require(cell["row"]?.intValue)
      )
      // A pixel a cell; the box lies around its centre.
      let box = try box(candidate)
      #expect(abs(box.minX - (Double(column) + 0.5 - 5)) < 1e-3)
      #expect(abs(box.minY - (Double(row) + 0.5 - 5)) < 1e-3)
      #expect(candidate["anchor"]?["width"]?.doubleValue == 10)
      #expect(candidate["level"] == "1x")
      let factors = try #require(candidate["factors"]?.arrayValue)
      let product = try factors.reduce(1) { try $0 * $1.member("value").numbers[0] }
      #expect(abs(product - (try candidate.member("score").numbers[0])) < 1e-5)
    }
    let outcomes = Set(candidates.compactMap { $0["outcome"] })
    #expect(outcomes == ["found", "suppressed"])
    try suppressedOnesNameTheirRival(candidates, explanation)
  }

  private func suppressedOnesNameTheirRival(
    _ candidates: [JSONValue], _ explanation: JSONValue
  ) throws {
    let detections = try #require(explanation["detections"]?.arrayValue)
    for candidate in candidates where candidate["outcome"] == "suppressed" {
      let number = try #require(candidate["detection"])
      let rival = try #require(detections.first { $0["number"] == number })
      let step = try #require(candidate["steps"]?.arrayValue?.last)
      let overlap = try step.member("value").numbers[0]
      #expect(step["kind"] == "overlap" && step["passed"] == false)
      #expect(overlap > (try step.member("limit").numbers[0]))
      // The detection is cut to the picture, the overlap was measured before.
      let (first, second) = (try box(candidate), try box(rival))
      if rival.isInside(32) {
        #expect(abs(first.intersectionOverUnion(second) - overlap) < 2e-3)
      }
    }
  }

  @Test func missesBelowTheThresholdSayBothNumbers() throws {
    // Without doubt it is red, but objectness is 1/2.
    let model = try RedDetector.write(into: folder, objectnessBias: -20)
    let picture = try folder.write(RedDetector.picture(x: 8, y: 12), to: "a.png")
    let arguments = [picture, "--model", model, "--box", "8,12,18,22", "--conf", "0.6"]
    let explanation = try explain(arguments)
    #expect(explanation["found"] == .null)
    #expect(try candidates(explanation).allSatisfy { $0["outcome"] == "below-threshold" })
    let text = try detect.run(["explain"] + arguments)
    #expect(text.exitCode == 0)
    #expect(text.output.contains("missed: "), "\(text.output)")
    #expect(text.output.contains("0.5 < conf 0.6"), "\(text.output)")
    #expect(text.output.contains("No detection touches the box."))
  }

  @Test func tilesAreNamed() throws {
    let model = try RedDetector.write(into: folder)
    let picture = try folder.write(RedDetector.picture(x: 8, y: 12), to: "a.png")
    let explanation = try explain([
      picture, "--model", model, "--box", "8,12,18,22", "--pyramid", "tiles", "--slice-width",
      "20", "--slice-height", "20", "--count", "1000",
    ])
    #expect(explanation["pyramid"] == "tiles")
    let candidates = try candidates(explanation)
    #expect(candidates.contains { $0["tile"] == "0,0 20x20" })
    #expect(candidates.contains { $0["level"] == "1x" })
    #expect(candidates.contains { $0["outcome"] == "found" })
  }

  @Test(arguments: [false, true])
  func classesOfAGroupSuppressEachOther(_ isHeatmap: Bool) throws {
    let model =
      isHeatmap
      ? try RedHeatmap.write(into: folder, classCount: 2)
      : try RedDetector.writeTwoClasses(into: folder)
    let picture = try folder.write(RedDetector.picture(rightRed: 204), to: "reds.png")
    let arguments =
      [picture, "--model", model, "--iou", "0.3"]
      + (isHeatmap ? ["--family", "centernet", "--imgsz", "32", "--conf", "0.3"] : [])
    func explained(_ flags: [String]) throws -> JSONValue {
      try explain(arguments + ["--box", "0,0,32,32", "--count", "1000"] + flags)
    }
    func boxes(_ value: JSONValue) throws -> [JSONValue?] {
      try #require(value["detections"]?.arrayValue).map { $0["bbox"] }
    }
    let apart = try explained([])
    let together = try explained(["--nms-groups", "0+1"])
    #expect(try boxes(together).count < boxes(apart).count)
    #expect(try boxes(explained(["--nms-groups", "0,1"])) == boxes(apart))
    #expect(try boxes(explained(["--agnostic-nms"])) == boxes(together))
    // What is explained is what a run finds.
    let run = try detect.run(arguments + ["--nms-groups", "0+1"])
    let found = try JSONReader.parse(run.output)
    #expect(try boxes(together).count == boxes(found).count)
    func suppressed(_ value: JSONValue) throws -> Int {
      try candidates(value).count { $0["outcome"] == "suppressed" }
    }
    // Of a heatmap's cell only the surest class is told of, and that is the one that is kept.
    if !isHeatmap { #expect(try suppressed(together) > suppressed(apart)) }
  }

  // MARK: - Heatmaps

  @Test func heatmapsShowTheWindow() throws {
    let model = try RedHeatmap.write(into: folder)
    // The cell in column 2, row 3 is red; of its right neighbour a pixel is black.
    var samples = [UInt8](repeating: 0, count: 32 * 32 * 3)
    for y in 12..<16 { for x in 8..<16 { samples[(y * 32 + x) * 3] = 255 } }
    for channel in 0..<3 { samples[(13 * 32 + 14) * 3 + channel] = 0 }
    let picture = try folder.write(
      try ImageEncoder.png(Image(size: Size(width: 32, height: 32), samples: samples)), to: "a.png")
    let explanation = try explain([
      picture, "--model", model, "--family", "centernet", "--imgsz", "32", "--conf", "0.01",
      "--box", "4,10,16,18",
    ])
    let candidates = try candidates(explanation)
    let peak = try #require(candidates.first)
    #expect(peak["outcome"] == "found")
    #expect(explanation["found"] == 1)
    #expect(peak["cell"] == ["row": 3, "column": 2, "stride": 4])
    let window = try peak.member("window").numbers
    #expect(window.count == 9)
    #expect(window.max() == window[4])
    let neighbour = try #require(
      candidates.first { $0["cell"]?["row"] == 3 && $0["cell"]?["column"] == 3 })
    #expect(neighbour["outcome"] == "not-a-peak")
    let step = try #require(neighbour["steps"]?.arrayValue?.last)
    #expect(step["kind"] == "peak")
    #expect(try step.member("limit").numbers == [window[4]])
  }

  // MARK: - The cascade

  private let face = "180,70,270,190"

  @Test func theCascadeTellsEveryStage() throws {
    let explanation = try explain([portrait, "--box", face, "--min-face-size", "40"])
    #expect(explanation["found"] == 1)
    let candidates = try candidates(explanation)
    let found = try #require(
      candidates.first { $0["outcome"] == "found" || $0["outcome"] == "suppressed" })
    let steps = try #require(found["steps"]?.arrayValue)
    #expect(steps.prefix(3).map { $0["kind"] } == ["proposal", "refinement", "output"])
    #expect(steps.prefix(3).allSatisfy { $0["passed"] == true })
    #expect(found["cell"]?["stride"] == 2)
  }

  @Test(arguments: [
    ("P-Net", "0.9999,0.7,0.7"), ("R-Net", "0.6,0.9999,0.7"),
    ("O-Net", "0.6,0.7,0.9999"),
  ])
  func theCascadeTellsWhoDroppedAFace(_ network: String, _ thresholds: String) throws {
    let result = try detect.run([
      "explain", portrait, "--box", face, "--min-face-size", "40", "--thresholds", thresholds,
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let verdict = result.output.split(separator: "\n").dropFirst().first ?? ""
    #expect(verdict.contains("missed") && verdict.contains("\(network) "), "\(result.output)")
    #expect(verdict.contains("< threshold 0.9999"), "\(result.output)")
  }

  // MARK: - Refusals

  @Test(arguments: [
    ["--box", "1,2,3"], ["--box", "3,3,1,5"], ["--box", "a,b,c,d"], ["--box", "1,1,nan,5"],
    ["--box", "1,1,inf,5"], ["--box", "9000,9000,9100,9100"], [],
    ["--box", "10,10,50,50", "--count", "0"], ["--box", "10,10,50,50", "--explain-stages"],
    ["--box", "10,10,50,50", "--pyramid", "feature"], ["--box", "10,10,50,50", "--merge", "nms"],
  ])
  func usageErrorsAre64(_ options: [String]) throws {
    let result = try detect.run(["explain", portrait] + options)
    #expect(result.exitCode == 64, "\(options)")
    #expect(result.output == "")
    #expect(!result.errors.isEmpty)
  }

  @Test func picturesThatCannotBeReadAreTold() throws {
    let missing = try detect.run(["explain", folder.file("no.png"), "--box", "1,1,5,5"])
    #expect(missing.exitCode == 66)
    let broken = try folder.write(Array("no picture".utf8), to: "b.png")
    let result = try detect.run(["explain", broken, "--box", "1,1,5,5"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("b.png"))
  }
}

extension JSONValue {
  /// Whether the box lies in a picture of `side` pixels without touching its border.
  fileprivate func isInside(_ side: Double) -> Bool {
    (self["bbox"]?.numbers ?? []).allSatisfy { $0 > 0 && $0 < side }
  }
}
