import StrictJSON
import TestSupport
import Testing

/// Runs over many pictures: lists, parts, continuing, failures.
@Suite struct BatchCommandTests {
  private let folder: TemporaryFolder
  private let model: String
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    model = try RedDetector.write(into: folder)
    detect = try ProcessRunner.detect()
    for index in 0..<12 {
      try folder.write(RedDetector.picture(x: index, y: 12), to: "in/\(100 + index).png")
    }
  }

  private func run(_ arguments: [String], input: [UInt8] = []) throws -> ProcessRunner.Result {
    try detect.run(arguments + ["--model", model], input: input)
  }

  private func paths(_ result: ProcessRunner.Result) throws -> [String] {
    try result.output.split(separator: "\n").map {
      try JSONReader.parse(String($0))["path"]?.stringValue ?? ""
    }
  }

  @Test func bytesDoNotDependOnWorkersAndThreads() throws {
    let plain = try run([folder.file("in")])
    #expect(plain.exitCode == 0)
    for arguments in [
      ["--workers", "3"], ["--threads", "2"], ["--workers", "2", "--threads", "2"],
    ] {
      let result = try run([folder.file("in")] + arguments)
      #expect(result.standardOutput == plain.standardOutput, "\(arguments)")
    }
  }

  @Test func listsComeFromFilesAndStandardInput() throws {
    let names = ["in/105.png", "in/101.png"].map { folder.file($0) }
    let newlines = Array((names.joined(separator: "\n")).utf8)
    #expect(try paths(run(["--files-from", "-"], input: newlines)) == names)
    let list = try folder.write(newlines, to: "list.txt")
    #expect(try paths(run(["--files-from", list])) == names)
    let zeros = Array((names.joined(separator: "\0") + "\0").utf8)
    #expect(try paths(run(["--files-from", "-", "-0"], input: zeros)) == names)
    #expect(try run(["--files-from", "-"], input: zeros).exitCode == 64)
    #expect(try run(["--files-from", folder.file("no.txt")]).exitCode == 66)
    #expect(try run([]).exitCode == 64)
  }

  @Test func patternsStandForWhatTheyMatchInByteOrder() throws {
    let found = try paths(run([folder.file("in") + "/10[13].png"]))
    #expect(found == ["in/101.png", "in/103.png"].map { folder.file($0) })
    let odd = try folder.write(RedDetector.picture(), to: "in/[1].png")
    #expect(try paths(run([odd])) == [odd], "an existing name is no pattern")
  }

  @Test func partsAreDisjointAndTogetherEverything() throws {
    let whole = try paths(run([folder.file("in")]))
    var parts: [String] = []
    for index in 0..<3 {
      let result = try run([folder.file("in"), "--shard", "\(index)/3"])
      #expect(result.exitCode == 0)
      parts += try paths(result)
    }
    #expect(parts.sorted() == whole)
    for shard in ["3/3", "-1/3", "1", "a/b", "0/0"] {
      #expect(try run([folder.file("in"), "--shard=\(shard)"]).exitCode == 64, "\(shard)")
    }
  }

  @Test func errorsCanBeTakenAsDone() throws {
    let bad = try folder.write(Array("no picture".utf8), to: "bad.png")
    #expect(try run([bad]).exitCode == 1)
    let result = try run([bad, "--errors-ok"])
    #expect(result.exitCode == 0)
    #expect(result.output.contains(#""error":{"kind":"decode""#))
    #expect(result.errors.contains("bad.png: "))
  }

  @Test func aRunGoesOnWhereItsCheckpointSays() throws {
    let whole = try run([folder.file("in")])
    #expect(try run([folder.file("in"), "--output", folder.file("out")]).exitCode == 0)
    #expect(try folder.read("out") == whole.standardOutput)
    for leftover in ["out.partial", "out.state", "out.lock"] {
      #expect(!folder.exists(leftover), "\(leftover)")
    }

    // What a run leaves that is refused a write: a picture in the way of its results.
    let stopped = try run([
      folder.file("in"), "--shard", "0/1", "--output", folder.file("part"),
    ])
    #expect(stopped.exitCode == 0)
    let state = String(decoding: try folder.read("part.state"), as: UTF8.self)
    let lines = state.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count >= 4, "first line, a checkpoint, the end, nothing")
    #expect(lines[lines.count - 2].contains(#""complete":true"#))
    let again = try run([
      folder.file("in"), "--shard", "0/1", "--output", folder.file("part"), "--resume",
    ])
    #expect(again.exitCode == 0)
    #expect(again.errors.contains("complete already: 12 done"))
    #expect(try folder.read("part") == whole.standardOutput)
  }

  @Test func resumeAndRestartNeedAFileAndExcludeEachOther() throws {
    let path = folder.file("in")
    #expect(try run([path, "--resume"]).exitCode == 64)
    #expect(try run([path, "--output", folder.file("o"), "--resume", "--restart"]).exitCode == 64)
    #expect(try run([path, "--output", folder.file("o"), "--resume"]).exitCode == 0)
    #expect(folder.exists("o"))
  }

  @Test func anUnexpectedFaultCostsOneRecord() throws {
    var disturbed = detect
    disturbed.environment = ["DETECT_FAULT": "105.png"]
    let result = try disturbed.run([folder.file("in"), "--model", model, "--workers", "2"])
    #expect(result.exitCode == 1)
    let records = try result.output.split(separator: "\n").map { try JSONReader.parse(String($0)) }
    #expect(records.count == 12)
    #expect(records[5]["error"]?["kind"] == "internal")
    #expect(records.filter { $0["error"] == .null }.count == 11)
    #expect(result.errors.contains("internal error, image "))
  }

  @Test func emptyListsGiveEmptyButValidResults() throws {
    let expected = ["json": "", "coco": "[\n]\n"]
    for (format, text) in expected {
      let result = try run(["--files-from", "-", "--format", format])
      #expect(result.exitCode == 66)
      #expect(result.output == text)
    }
  }
}
