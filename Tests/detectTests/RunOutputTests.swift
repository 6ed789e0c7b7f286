import Imaging
import StrictJSON
import TestSupport
import Testing

/// Result formats and files of `detect run`.
@Suite struct RunOutputTests {
  private let folder: TemporaryFolder
  private let model: String
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    model = try RedDetector.write(into: folder)
    detect = try ProcessRunner.detect()
  }

  private func run(_ arguments: [String]) throws -> ProcessRunner.Result {
    try detect.run(arguments + ["--model", model, "--iou", "0.3", "--max-det", "1"])
  }

  @Test func fileAppearsWhole() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let plain = try run([path])
    let result = try run([path, "--output", folder.file("out.json")])
    #expect(result.exitCode == 0)
    #expect(result.output == "")
    #expect(try folder.read("out.json") == plain.standardOutput)
    #expect(!folder.exists("out.json.partial"))
  }

  @Test func anOutputThatCannotBeMadeIs73() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    #expect(try run([path, "--output", folder.file("no/out.json")]).exitCode == 73)
    #expect(try run([path, "--output", folder.path]).exitCode == 73)
    let before = try folder.read("a.png")
    #expect(try run([path, "--output", path]).exitCode == 73)
    #expect(try run([path, "--save-image", folder.path]).exitCode == 73)
    #expect(try folder.read("a.png") == before)
  }

  @Test(.enabled(if: TestFiles.hasFullDevice, "needs /dev/full"))
  func failingOutputsAre74() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let full = try detect.run([path, "--model", model], outputPath: "/dev/full")
    #expect(full.exitCode == 74)
    #expect(full.errors.contains("no space left"))
    #expect(try run([path, "--output", "/dev/full"]).exitCode == 74)
    let closed = try detect.run([path, "--model", model], outputPath: "")
    #expect(closed.exitCode == 74)
    #expect(closed.errors.contains("closed"))
  }

  @Test func cocoNumbersFollowThePathsOrTheAnnotations() throws {
    let b = try folder.write(RedDetector.picture(), to: "b.png")
    let a = try folder.write(RedDetector.picture(), to: "a.png")
    let plain = try run([b, a, "--format", "coco"])
    let entries = try #require(try JSONReader.parse(plain.output).arrayValue)
    #expect(entries.map { $0["image_id"]?.intValue } == [1, 0])
    #expect(entries.map { $0["category_id"]?.intValue } == [1, 1])
    #expect(entries.first?["bbox"] == [3.5, 7.5, 10.0, 10.0])

    let annotations = """
      {"images":[{"id":70,"file_name":"a.png"}],"categories":[{"id":9,"name":"0"}]}
      """
    let data = try folder.write(Array(annotations.utf8), to: "data.json")
    let result = try run([a, b, "--format", "coco", "--data", data])
    #expect(result.exitCode == 1, "b.png is not annotated")
    let annotated = try #require(try JSONReader.parse(result.output).arrayValue)
    #expect(annotated.map { $0["image_id"]?.intValue } == [70])
    #expect(annotated.map { $0["category_id"]?.intValue } == [9])
  }

  @Test func yoloFilesMirrorTheInputs() throws {
    for name in ["x/1.png", "y/1.png", "y/2.png"] {
      try folder.write(RedDetector.picture(), to: "in/" + name)
    }
    let labels = folder.file("labels")
    let result = try run(
      [folder.file("in"), "--recursive", "--format", "yolo", "--output", labels])
    #expect(result.exitCode == 0)
    let text = String(decoding: try folder.read("labels/x/1.txt"), as: UTF8.self)
    #expect(text.hasPrefix("0 0.265625 0.390625 0.3125 0.3125 0.99"))
    #expect(folder.exists("labels/y/1.txt") && folder.exists("labels/y/2.txt"))

    let paths = ["x/1.png", "y/1.png"].map { folder.file("in/" + $0) }
    let flat = try run(paths + ["--format", "yolo", "--output", folder.file("flat")])
    #expect(flat.exitCode == 0)
    for path in paths {
      let name = "flat" + path.dropLast(3) + "txt"
      #expect(folder.exists(name), "\(name)")
    }
  }

  @Test func csvHasAHeader() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let result = try run([path, "--format", "csv"])
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first == "path,width,height,class_id,class_name,score,x1,y1,x2,y2,error")
    #expect(lines.last?.hasPrefix("\(path),32,32,0,0,0.99") == true)
  }

  @Test func annotatedPicturesAreSaved() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    #expect(try run([path, "--save-image", folder.file("drawn")]).exitCode == 0)
    let drawn = try ImageDecoder().decode(bytes: try folder.read("drawn/a.png")).image
    let plain = try ImageDecoder().decode(bytes: try folder.read("a.png")).image
    #expect(drawn.size == plain.size)
    #expect(drawn.samples != plain.samples)
  }

  @Test func timingIsAddedOnlyWhenAskedFor() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let timed = try JSONReader.parse(try run([path, "--timing"]).standardOutput)
    #expect(
      timed["timing_ms"]?.objectValue?.members.map(\.key) == [
        "decode", "preprocess", "inference", "postprocess",
      ])
    #expect(try run([path]).standardOutput == run([path]).standardOutput)
  }
}

extension TestFiles {
  /// Whether the system has a device that is always full.
  static var hasFullDevice: Bool {
    #if os(Linux)
      true
    #else
      false
    #endif
  }
}
