import StrictJSON
import TestSupport
import Testing

@Suite struct RunCommandTests {
  private let folder: TemporaryFolder
  private let model: String
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    model = try RedDetector.write(into: folder)
    detect = try ProcessRunner.detect()
  }

  private func records(_ result: ProcessRunner.Result) throws -> [JSONValue] {
    try result.output.split(separator: "\n").map { try JSONReader.parse(String($0)) }
  }

  @Test func findsTheSquare() throws {
    let path = try folder.write(RedDetector.picture(x: 8, y: 12), to: "a.png")
    let result = try detect.run([path, "--model", model, "--iou", "0.3", "--max-det", "1"])
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    let record = try #require(try records(result).first)
    #expect(
      record.objectValue?.members.map(\.key) == [
        "schema", "path", "width", "height", "orientation", "model", "pyramid", "detections",
        "error",
      ])
    #expect(record["path"] == .string(path))
    #expect(record["model"] == "red")
    #expect(record["error"] == .null)
    let found = try #require(record["detections"]?.arrayValue?.first)
    // Equal scores: the first cell of the square wins; its box of 10 pixels is centred on it.
    #expect(found["bbox"] == [3.5, 7.5, 13.5, 17.5])
    #expect(found["class_id"] == 0)
    let score = try #require(found["score"]?.doubleValue)
    #expect(score > 0.99 && score <= 1)
  }

  @Test func everyInputHasARecordAndFailuresAreOneLine() throws {
    let good = try folder.write(RedDetector.picture(), to: "good.png")
    let bad = try folder.write(Array("no picture".utf8), to: "bad\n\u{1b}[31m.png")
    let missing = folder.file("missing.png")
    let result = try detect.run([good, bad, missing, good, "--model", model])
    #expect(result.exitCode == 1)
    let records = try records(result)
    #expect(records.map { $0["path"]?.stringValue } == [good, bad, missing])
    #expect(records[0]["error"] == .null)
    #expect(records[1]["error"]?["kind"] == "decode")
    #expect(records[1]["detections"] == .null)
    #expect(records[2]["error"]?["kind"] == "io")
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.contains(#"bad\n\x1b[31m.png: "#) == true)
    #expect(!result.errors.contains("\u{1b}"))
  }

  @Test func precisionWithoutInstructionsIsFloat32AndSaysSo() throws {
    let path = try folder.write(RedDetector.picture(x: 8, y: 12), to: "a.png")
    var portable = detect
    portable.environment = ["DETECT_ISA": "portable"]
    let expected = try portable.run([path, "--model", model])
    let rounded = try portable.run([path, "--model", model, "--precision", "bf16"])
    #expect(rounded.output == expected.output)
    #expect(
      rounded.errors == "detect: --precision bf16: no AVX512_BF16 here, computing in f32\n")
    let automatic = try portable.run([path, "--model", model, "--precision", "auto"])
    #expect(automatic.output == expected.output)
    #expect(automatic.errors == "")
    #expect(try detect.run([path, "--model", model, "--precision", "f16"]).exitCode == 64)
  }

  @Test func noReadableInputIs66() throws {
    #expect(try detect.run([folder.file("missing.png"), "--model", model]).exitCode == 66)
    _ = try folder.write([], to: "empty/x.txt")
    let result = try detect.run([folder.file("empty"), "--model", model])
    #expect(result.exitCode == 66)
    #expect(result.output == "")
    #expect(try detect.run(["-", "--model", model]).exitCode == 66)
  }

  @Test func foldersAreListedInByteOrder() throws {
    for name in ["b.PNG", "a.png", "B.png", "sub/c.png", ".hidden.png", "notes.txt"] {
      try folder.write(RedDetector.picture(), to: "in/" + name)
    }
    let flat = try detect.run([folder.file("in"), "--model", model])
    let names = { (result: ProcessRunner.Result) in
      try records(result).map { $0["path"]?.stringValue?.split(separator: "/").last ?? "" }
    }
    #expect(try names(flat) == ["B.png", "a.png", "b.PNG"])
    let deep = try detect.run([folder.file("in") + "/", "--recursive", "--model", model])
    #expect(try names(deep) == ["B.png", "a.png", "b.PNG", "c.png"])
  }

  @Test func pathsComeFromStandardInput() throws {
    let a = try folder.write(RedDetector.picture(), to: "a.png")
    let b = try folder.write(RedDetector.picture(), to: "b.png")
    let result = try detect.run(["-", "--model", model], input: Array("\(b)\n\n\(a)".utf8))
    #expect(result.exitCode == 0)
    #expect(try records(result).map { $0["path"]?.stringValue } == [b, a])
  }

  @Test func outputDoesNotDependOnThreads() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let one = try detect.run([path, "--model", model, "--threads", "1"])
    let two = try detect.run([path, "--model", model, "--threads", "2"])
    #expect(one.exitCode == 0)
    #expect(one.standardOutput == two.standardOutput)
  }

  @Test func nonFiniteOutputsAreAFailure() throws {
    let other = try TemporaryFolder()
    let model = try RedDetector.write(into: other, objectnessBias: .infinity)
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    #expect(try detect.run([path, "--model", model]).exitCode == 65)
    let result = try detect.run([path, "--model", model, "--allow-nonfinite"])
    #expect(result.exitCode == 1)
    #expect(try records(result).first?["error"]?["kind"] == "numeric")
  }

  @Test(arguments: [
    ["--conf", "2"], ["--conf", "nan"], ["--iou", "-1"], ["--max-det", "-1"], ["--threads", "0"],
    ["--imgsz", "0"], ["--imgsz", "32x"], ["--family", "yolo99"], ["--classes", "zebra"],
    ["--format", "xml"], ["--format", "yolo"], ["--data", "x.json"], ["--max-pixels", "0"],
    ["--unknown"], ["--format", "csv", "--pretty"],
  ])
  func usageErrorsAre64(_ options: [String]) throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let result = try detect.run([path, "--model", model] + options)
    #expect(result.exitCode == 64)
    #expect(result.output == "")
    #expect(!result.errors.isEmpty)
  }

  @Test func aModelThatIsNoneIsRefused() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    for model in [path, folder.file("none.onnx"), "no-such-name"] {
      let result = try detect.run([path, "--model", model])
      #expect(result.exitCode == 65, "\(model)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func aModelThatIsNotInstalledSaysHowToGetIt() throws {
    var detect = detect
    detect.environment = ["DETECT_MODELS": folder.file("nowhere")]
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let result = try detect.run([path, "--model", "yolov3-tiny"])
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("detect models fetch yolov3-tiny"))
  }

  @Test func withoutAModelFacesAreFound() throws {
    var detect = detect
    detect.environment = ["DETECT_MODELS": folder.file("nowhere")]
    let result = try detect.run([TestFiles.fixture("photos/astronaut.png")])
    #expect(result.exitCode == 0)
    #expect(result.output.contains(#""model":"mtcnn""#))
    #expect(result.output.contains(#""class_name":"face""#))
    #expect(result.output.contains(#""landmarks":"#))
  }
}
