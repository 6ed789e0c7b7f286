import Geometry
import StrictJSON
import TestSupport
import Testing

/// `detect quantize`.
@Suite struct QuantizeCommandTests {
  private let folder: TemporaryFolder
  private let model = TestFiles.fixture("quantize/red.onnx")
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    detect = try ProcessRunner.detect()
    try folder.write(try RedDetector.picture(x: 7, y: 15), to: "images/a.png")
    try folder.write(try RedDetector.picture(x: 15, y: 7), to: "images/b.png")
  }

  private func labels() throws -> String {
    try folder.write(
      Array(
        """
        {"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
        "categories": [{"id": 5, "name": "0"}],
        "annotations": [{"image_id": 1, "category_id": 5, "bbox": [7, 15, 10, 10]},
        {"image_id": 2, "category_id": 5, "bbox": [15, 7, 10, 10]}]}
        """.utf8), to: "labels.json")
  }

  private func boxes(_ model: String) throws -> [Double] {
    let result = try detect.run(["run", "--model", model, "\(folder.path)/images/a.png"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let detections = try JSONReader.parse(result.standardOutput)["detections"]?.arrayValue ?? []
    #expect(detections.count == 1)
    return detections.first?["bbox"]?.numbers ?? []
  }

  @Test func aQuantisedDetectorFindsTheSameAndIsScored() throws {
    let quantised = "\(folder.path)/q.onnx"
    let result = try detect.run([
      "quantize", "--model", model, "--images", "\(folder.path)/images", "--output", quantised,
      "--data", try labels(),
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let parts = result.output.split(separator: "after:")
    #expect(parts.count == 2 && parts[0].hasPrefix("before:\n"))
    #expect(parts.allSatisfy { $0.contains("AP50  1.0") }, "\(result.output)")
    let info = try JSONReader.parse(try detect.run(["info", quantised, "--json"]).standardOutput)
    #expect((info["operators"]?["QuantizeLinear"]?.intValue ?? 0) >= 3)
    let (exact, actual) = (try boxes(model), try boxes(quantised))
    #expect(exact.count == 4)
    expectClose(actual, exact, absolute: 0.1)
  }

  @Test func refusals() throws {
    let darknet = try RedDetector.write(into: folder)
    let output = "\(folder.path)/q.onnx"
    let other = try detect.run([
      "quantize", "--model", darknet, "--images", "\(folder.path)/images", "--output", output,
    ])
    #expect(other.exitCode == 65)
    #expect(other.errors.contains("only ONNX files can be quantised"))
    try folder.write(Array("no picture".utf8), to: "broken/a.png")
    let empty = try detect.run([
      "quantize", "--model", model, "--images", "\(folder.path)/broken", "--output", output,
    ])
    #expect(empty.exitCode == 66)
    #expect(empty.errors.contains("no picture to learn ranges from"))
    #expect(try detect.run(["quantize", "--model", model, "--output", output]).exitCode == 64)
  }
}
