import StrictJSON
import TestSupport
import Testing

/// `detect convert`, `detect merge` and what `detect run` chooses among detections.
@Suite struct ConvertMergeCommandTests {
  private let folder: TemporaryFolder
  private let model: String
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    model = try RedDetector.write(into: folder)
    detect = try ProcessRunner.detect()
    for index in 0..<9 {
      try folder.write(RedDetector.picture(x: index, y: 12), to: "in/\(index).png")
    }
    try folder.write(Array("no picture".utf8), to: "in/bad.png")
  }

  private func run(_ arguments: [String]) throws -> ProcessRunner.Result {
    try detect.run(arguments + ["--model", model, "--max-det", "2", "--iou", "0.3"])
  }

  @Test(arguments: ["json", "coco", "csv", "darknet", "megadetector"])
  func convertedResultsAreThoseOfARun(_ format: String) throws {
    let results = folder.file("results.jsonl")
    #expect(try run([folder.file("in"), "--output", results]).exitCode == 1)
    let direct = try run([folder.file("in"), "--format", format])
    let converted = try detect.run(["convert", results, "--format", format])
    #expect(converted.exitCode == 0)
    #expect(converted.output == direct.output)
  }

  @Test(arguments: [("yolo", "txt"), ("voc", "xml"), ("ultralytics", "json")])
  func aFileForEachPicture(_ format: String, _ fileExtension: String) throws {
    let output = folder.file("out-" + format)
    #expect(try run([folder.file("in"), "--format", format, "--output", output]).exitCode == 1)
    #expect(folder.exists("out-\(format)/3.\(fileExtension)"))
    #expect(!folder.exists("out-\(format)/bad.\(fileExtension)"))
    #expect(!folder.exists("out-\(format)/.detect.state"))
    #expect(try run([folder.file("in"), "--format", format]).exitCode == 64)
  }

  @Test func mergedPartsAreTheWhole() throws {
    let whole = try run([folder.file("in")])
    var parts: [String] = []
    for index in 0..<3 {
      parts.append(folder.file("part\(index)"))
      let part = try run([folder.file("in"), "--shard", "\(index)/3", "--output", parts[index]])
      #expect(part.exitCode <= 1)
    }
    let merged = try detect.run(["merge"] + parts.reversed() + ["--output", folder.file("all")])
    #expect(merged.exitCode == 0, "\(merged.errors)")
    #expect(try folder.read("all") == whole.standardOutput)
    for wrong in [[parts[0], parts[1]], parts + [parts[1]]] {
      let result = try detect.run(["merge"] + wrong + ["--output", folder.file("wrong")])
      #expect(result.exitCode == 65)
      #expect(!folder.exists("wrong"))
    }
    // A record lost from a part; paths decide which parts have any.
    let part = try #require(try (0..<3).first { try !folder.read("part\($0)").isEmpty })
    var bytes = try folder.read("part\(part)")
    let first = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
    bytes.removeSubrange(...first)
    try folder.write(bytes, to: "part\(part)")
    let lost = try detect.run(["merge"] + parts + ["--output", folder.file("wrong")])
    #expect(lost.exitCode == 65)
    #expect(lost.errors.contains("records, its run wrote"))
  }

  @Test func aListSaysWhatMustBeThere() throws {
    let results = try folder.write(run([folder.file("in")]).standardOutput, to: "r.jsonl")
    let names = (0..<9).map { folder.file("in/\($0).png") } + [folder.file("in/bad.png")]
    let list = try folder.write(Array(names.joined(separator: "\n").utf8), to: "list")
    let merge = ["merge", results, "--output", folder.file("all"), "--files-from"]
    #expect(try detect.run(merge + [list]).exitCode == 0)
    let more = try folder.write(Array((names + ["x.png"]).joined(separator: "\n").utf8), to: "more")
    let missing = try detect.run(merge + [more])
    #expect(missing.exitCode == 65)
    #expect(missing.errors.contains("x.png: no record"))
    #expect(try detect.run(["merge", results, "--output", folder.file("no")]).exitCode == 65)
  }

  private func count(_ arguments: [String]) throws -> Int? {
    let result = try run([folder.file("in/5.png")] + arguments)
    return try JSONReader.parse(result.output)["detections"]?.arrayValue?.count
  }

  @Test func filtersChooseAmongDetections() throws {
    #expect(try count([]) == 2)
    #expect(try count(["--conf", "0=0.9999999"]) == 0)
    #expect(try count(["--conf", "0.9999999,0=0.5"]) == 2)
    #expect(try count(["--exclude-classes", "0"]) == 0)
    #expect(try count(["--roi", "0,0,1,0.1"]) == 0)
    #expect(try count(["--roi", "0,0,32,32"]) == 2)
    #expect(try count(["--min-box-size", "11"]) == 0)
    for wrong in [["--conf", "cat=0.5"], ["--exclude-classes", "cat"], ["--roi", "1,1,0,0"]] {
      #expect(try run([folder.file("in/5.png")] + wrong).exitCode == 64, "\(wrong)")
    }
  }

  @Test(arguments: [[], ["--pyramid", "tiles", "--slice-width", "24", "--slice-height", "24"]])
  func classesOfAGroupSuppressEachOther(_ pyramid: [String]) throws {
    let reds = try RedDetector.writeTwoClasses(into: folder)
    let path = try folder.write(RedDetector.picture(rightRed: 204), to: "reds.png")
    func found(_ flags: [String]) throws -> JSONValue? {
      let result = try detect.run([path, "--model", reds, "--iou", "0.3"] + pyramid + flags)
      #expect(result.exitCode == 0, "\(result.errors)")
      return try JSONReader.parse(result.output)["detections"]
    }
    let apart = try found([])
    let classes = Set(try #require(apart?.arrayValue).compactMap { $0["class_id"]?.intValue })
    #expect(classes == [0, 1])
    let agnostic = try found(["--agnostic-nms"])
    #expect(agnostic != apart)
    #expect(try found(["--nms-groups", "0+1"]) == agnostic)
    #expect(try found(["--nms-groups", "0,1"]) == apart)
    for wrong in ["0+cat", "0+1,1"] {
      #expect(try detect.run([path, "--model", reds, "--nms-groups", wrong]).exitCode == 64)
    }
  }

  @Test func cropsHaveTheSizeOfTheirBoxes() throws {
    let result = try run([folder.file("in/5.png"), "--crops", folder.file("crops")])
    #expect(result.exitCode == 0)
    #expect(folder.exists("crops/5.png/0-0.png") && folder.exists("crops/5.png/1-0.png"))
  }

  @Test func flagsComeFromFilesAndVariables() throws {
    let path = folder.file("in/5.png")
    let config = try folder.write(
      Array(#"{"max-det":1,"model":"\#(model)","iou":0.3}"#.utf8), to: "detect.json")
    let found = { (result: ProcessRunner.Result) in
      try JSONReader.parse(result.output)["detections"]?.arrayValue?.count
    }
    #expect(try found(detect.run([path, "--config", config])) == 1)
    #expect(try found(detect.run([path, "--config", config, "--max-det", "2"])) == 2)
    var variables = detect
    variables.environment = ["DETECT_MODEL": model, "DETECT_MAX_DET": "3", "DETECT_QUIET": "1"]
    #expect(try found(variables.run([path])) == 3)
    #expect(try found(variables.run([path, "--config", config])) == 3)
    let unknown = try folder.write(Array(#"{"cnf":1}"#.utf8), to: "bad.json")
    #expect(try detect.run([path, "--config", unknown]).exitCode == 64)
    variables.environment = ["DETECT_RECURSIVE": "perhaps"]
    #expect(try variables.run([path]).exitCode == 64)
  }

  @Test func aPlanSaysWhatARunWouldTake() throws {
    let result = try run(["plan", folder.file("in"), "--json"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let plan = try JSONReader.parse(result.output)
    #expect(plan["inputs"] == 10)
    #expect(plan["largest"] == [32, 32])
    #expect(plan["multiply_adds"] == .integer(32 * 32 * 3 * 6))
    #expect(try #require(plan["peak_bytes"]?.intValue) > 1 << 20)
  }

  @Test func aMemoryLimitIsKeptOrRefusedWithTheLeast() throws {
    // Each refusal says how much is needed at least, as far as was seen until then.
    var limit = "1048576"
    var limited = try run([folder.file("in"), "--max-memory", limit, "--workers", "1"])
    #expect(limited.exitCode == 64)
    for _ in 0..<8 where limited.exitCode == 64 {
      let words = limited.errors.split(whereSeparator: { $0 == " " || $0 == ";" || $0 == "\n" })
      let needed = try #require(words.compactMap { Int($0) }.max())
      // Pages come and go.
      limit = "\(needed / 1000 * 1100)"
      limited = try run([folder.file("in"), "--max-memory", limit, "--workers", "1"])
    }
    let whole = try run([folder.file("in")])
    #expect(limited.exitCode == 1, "\(limited.errors)")
    #expect(limited.output == whole.output)
    // Pictures for which there is no room are failed inputs, and the others are found.
    try folder.write(RedDetector.blackPicture(width: 9000, height: 6000), to: "in/large.png")
    let large = try run([folder.file("in"), "--max-memory", limit])
    #expect(large.exitCode == 1)
    let records = try large.output.split(separator: "\n").map { try JSONReader.parse(String($0)) }
    #expect(records.count == 11)
    #expect(records.last?["error"]?["kind"] == "limit")
    let detail = records.last?["error"]?["detail"]?.stringValue ?? ""
    #expect(detail.contains("--max-memory \(limit)"), "\(detail)")
    #expect(!detail.contains("--max-pixels"), "\(detail)")
    #expect(records.filter { $0["error"] == .null }.count == 9)
  }
}
