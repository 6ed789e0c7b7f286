import StrictJSON
import TestSupport
import Testing

/// `detect evaluate`, `detect compare`.
@Suite struct EvaluateCommandTests {
  private let folder: TemporaryFolder
  private let model: String
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    model = try RedDetector.write(into: folder)
    detect = try ProcessRunner.detect()
    try folder.write(try RedDetector.picture(x: 8, y: 12), to: "images/a.png")
    try folder.write(try RedDetector.picture(x: 2, y: 3), to: "images/b & <c>.png")
  }

  /// Labels of both pictures; the class goes by its number, which names the model's only class.
  private func annotations(_ extra: String = "") throws -> String {
    try folder.write(
      Array(
        """
        {"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b & <c>.png"}],
        "categories": [{"id": 5, "name": "0"}, {"id": 6, "name": "other"}],
        "annotations": [{"image_id": 1, "category_id": 5, "bbox": [8, 12, 10, 10]},
        \(extra)
        {"image_id": 2, "category_id": 5, "bbox": [2, 3, 10, 10]}]}
        """.utf8), to: "labels.json")
  }

  private func json(_ result: ProcessRunner.Result) throws -> JSONValue {
    try JSONReader.parse(result.standardOutput)
  }

  @Test func predictionsOfAnotherToolAreScored() throws {
    let results = try folder.write(
      Array(
        """
        [{"image_id":1,"category_id":5,"bbox":[8,12,10,10],"score":0.9},
         {"image_id":2,"category_id":5,"bbox":[2,3,10,10],"score":0.8},
         {"image_id":9,"category_id":5,"bbox":[2,3,10,10],"score":0.8}]
        """.utf8), to: "results.json")
    let result = try detect.run([
      "evaluate", "--data", try annotations(), "--predictions", results, "--json", "--per-class",
    ])
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("1 predictions of other pictures or classes left out"))
    let report = try json(result)
    for key in ["AP", "AP50", "AP75", "AP_S", "AR1", "AR10", "AR100", "AR_S"] {
      #expect(report[key] == 1.0, "\(key)")
    }
    #expect(report["AP_L"] == .null)
    #expect(report["confusion"]?["entries"] == [["labelled": "0", "found": "0", "count": 2]])
    #expect(report["classes"]?.arrayValue?.count == 2)
    #expect(report["curves"]?["precision_50"]?.arrayValue?.count == 101)
  }

  @Test func aDetectorIsRunAndItsRecordsScoreTheSame() throws {
    let labels = try annotations()
    let direct = try detect.run(["evaluate", "--data", labels, "--model", model, "--json"])
    #expect(direct.exitCode == 0)
    #expect(try json(direct)["images"] == 2)
    let records = try detect.run([
      folder.file("images"), "--model", model, "--conf", "0.001", "--output",
      folder.file("records.jsonl"),
    ])
    #expect(records.exitCode == 0)
    let again = try detect.run([
      "evaluate", "--data", labels, "--predictions", folder.file("records.jsonl"), "--json",
    ])
    #expect(try json(again)["AP"] == json(direct)["AP"])
    #expect(try json(again)["detections"] == json(direct)["detections"])
  }

  @Test func aBadAnnotationNamesFileAndLine() throws {
    let labels = try annotations(#"{"image_id": 1, "category_id": 7, "bbox": [1, 1, 1, 1]},"#)
    let arguments = ["evaluate", "--data", labels, "--model", model]
    let strict = try detect.run(arguments)
    #expect(strict.exitCode == 65)
    #expect(strict.errors.contains("labels.json:4: annotations[1]: category_id"))
    let lenient = try detect.run(arguments + ["--lenient"])
    #expect(lenient.exitCode == 0)
    #expect(lenient.errors.contains("1 labels left out"))
  }

  @Test func otherLayoutsAreRead() throws {
    let voc = """
      <annotation><object><name>0</name><bndbox><xmin>9</xmin><ymin>13</ymin><xmax>18</xmax>
      <ymax>22</ymax></bndbox></object></annotation>
      """
    try folder.write(Array(voc.utf8), to: "Annotations/a.xml")
    let fromXML = try detect.run([
      "evaluate", "--data", folder.file("Annotations"), "--model", model, "--json",
    ])
    #expect(try json(fromXML)["objects"] == 1)
    try folder.write(Array("0 0.40625 0.53125 0.3125 0.3125\n".utf8), to: "labels/a.txt")
    try folder.write(Array("0\n".utf8), to: "labels/classes.txt")
    let fromText = try detect.run([
      "evaluate", "--data", folder.file("labels"), "--images", folder.file("images"), "--model",
      model, "--json",
    ])
    #expect(try json(fromText)["objects"] == 1)
    #expect(try json(fromText)["images"] == 2)
    #expect(try detect.run(["evaluate", "--model", model]).exitCode == 64)
  }

  @Test func strategiesAreComparedAndReported() throws {
    let report = folder.file("report.html")
    let result = try detect.run([
      "compare", "--pyramids", "single,tiles", "--with", "tiles --slice-width 16", "--data",
      try annotations(), "--model", model, "--json", "--report", report,
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let comparison = try json(result)
    let rows = try #require(comparison["strategies"]?.arrayValue)
    #expect(rows.map { $0["name"] } == ["single", "tiles", "tiles --slice-width 16"])
    #expect(rows[0]["AP"]?.doubleValue != nil && rows[0]["time_ratio"] == 1.0)
    #expect(comparison["pareto_front"]?.arrayValue?.isEmpty == false)
    let page = String(decoding: try folder.read("report.html"), as: UTF8.self)
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    #expect(page.contains("b &amp; &lt;c&gt;.png") && !page.contains("<c>"))
    #expect(page.contains("data:image/jpeg;base64,"))
    for outside in ["http:", "https:", "src=", "<script", "@import", "url("] {
      #expect(!page.contains(outside), "\(outside)")
    }
  }

  @Test func withoutLabelsAgreementCounts() throws {
    let result = try detect.run([
      "compare", folder.file("images"), "--pyramids", "single,tiles", "--model", model, "--json",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let rows = try #require(try json(result)["strategies"]?.arrayValue)
    #expect(rows[0]["agreement"]?["all"]?["recall"] == 1.0)
    #expect(rows[0]["AP"] == nil)
    let arguments = ["compare", folder.file("images"), "--model", model]
    #expect(try detect.run(arguments + ["--pyramids", "single,none"]).exitCode == 64)
    #expect(
      try detect.run(arguments + ["--pyramids", "single", "--reference", "x"]).exitCode == 64)
    #expect(try detect.run(["compare"]).exitCode == 64)
  }
}
