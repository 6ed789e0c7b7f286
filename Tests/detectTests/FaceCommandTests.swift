import StrictJSON
import TestSupport
import Testing

/// The flags of the built-in cascade.
@Suite struct FaceCommandTests {
  private let detect: ProcessRunner
  private let photo = TestFiles.fixture("photos/astronaut.png")

  init() throws { detect = try ProcessRunner.detect() }

  private func faces(_ options: [String]) throws -> [JSONValue] {
    let result = try detect.run([photo] + options)
    #expect(result.exitCode == 0, "\(result.errors)")
    return try #require(try JSONReader.parse(result.output)["detections"]?.arrayValue)
  }

  /// The face is about 90 x 115 pixels.
  @Test func theSmallestFaceIsAFlag() throws {
    #expect(try faces(["--min-face-size", "40"]).count == 1)
    #expect(try faces(["--min-face-size", "400"]).isEmpty)
  }

  @Test func thresholdsBelongToTheStages() throws {
    #expect(try faces(["--thresholds", "0.6,0.7,0.99999999"]).isEmpty)
    #expect(try faces(["--thresholds", "0.6,0.7,0.7", "--factor", "0.5"]).count == 1)
  }

  @Test func presetsAgreeOnASureFace() throws {
    let boxes = try ["mtcnn-onnx", "facenet-pytorch"].map { preset in
      try #require(try faces(["--preset", preset]).first?["bbox"]?.arrayValue)
        .compactMap(\.doubleValue)
    }
    for (a, b) in zip(boxes[0], boxes[1]) { #expect(abs(a - b) < 6, "\(boxes)") }
  }

  @Test func mirroredLandmarksAreAveraged() throws {
    let plain = try #require(try faces([]).first)
    let averaged = try #require(try faces(["--flip-test"]).first)
    #expect(plain["bbox"] == averaged["bbox"])
    #expect(plain["landmarks"] != averaged["landmarks"])
    let points = try [plain, averaged].map { face in
      try #require(face["landmarks"]?.arrayValue).compactMap(\.arrayValue).map {
        $0.compactMap(\.doubleValue)
      }
    }
    for (a, b) in zip(points[0].joined(), points[1].joined()) { #expect(abs(a - b) < 6) }
  }

  @Test func stagesAreExplained() throws {
    let result = try detect.run([photo, "--explain-stages"])
    let stages = try #require(try JSONReader.parse(result.output)["stages"]?.arrayValue)
    #expect(stages.map { $0["name"] } == ["proposal", "refinement", "output"])
    let levels = try #require(stages[0]["levels"]?.arrayValue)
    // 12 / 20 * 0.709^k stays at 12 pixels of 512 or more for ten steps.
    #expect(levels.count == 10)
    for stage in stages {
      let candidates = try #require(stage["candidates"]?.intValue)
      let kept = try #require(stage["kept"]?.intValue)
      #expect(candidates >= kept && kept >= 1)
    }
    #expect(stages[2]["kept"] == 1)
  }

  @Test(arguments: [
    ["--min-face-size", "0"], ["--min-face-size", "nan"], ["--factor", "1"], ["--factor", "0"],
    ["--thresholds", "0.6,0.7"], ["--thresholds", "0.6,0.7,2"], ["--thresholds", "a,b,c"],
    ["--preset", "other"], ["--imgsz", "640"], ["--family", "centerface"], ["--weights", "x"],
    ["--explain-stages", "--format", "csv"], ["--classes", "person"],
  ])
  func usageErrorsAre64(_ options: [String]) throws {
    let result = try detect.run([photo] + options)
    #expect(result.exitCode == 64, "\(options)")
    #expect(result.output == "")
    #expect(!result.errors.isEmpty)
  }

  @Test func otherModelsDoNotKnowTheCascadesFlags() throws {
    let folder = try TemporaryFolder()
    let red = try RedDetector.write(into: folder)
    for flag in [["--min-face-size", "30"], ["--factor", "0.7"], ["--preset", "mtcnn-onnx"]] {
      let result = try detect.run([photo, "--model", red] + flag)
      #expect(result.exitCode == 64)
      #expect(result.errors.contains(flag[0]))
    }
  }

  @Test(arguments: [(1, 1), (11, 500), (500, 11), (12, 12)])
  func picturesOfAnySizeHaveNoFacesAtWorst(_ size: (Int, Int)) throws {
    let folder = try TemporaryFolder()
    let picture = try folder.write(
      try RedDetector.blackPicture(width: size.0, height: size.1), to: "a.png")
    let result = try detect.run([picture])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(try JSONReader.parse(result.output)["detections"] == [])
  }
}
