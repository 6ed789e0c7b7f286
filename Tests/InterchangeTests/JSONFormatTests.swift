import Geometry
import Interchange
import Testing

@Suite struct JSONFormatTests {
  private func line(_ record: Record) throws -> String {
    String(decoding: try JSONFormat().bytes(for: record), as: UTF8.self)
  }

  @Test func keysComeInTheirOrder() throws {
    let line = try line(SampleRecords.record(boxes: [SampleRecords.cup]))
    #expect(
      line == #"{"schema":1,"path":"a/1.jpg","width":200,"height":100,"orientation":1,"model":"m","#
        + #""pyramid":"single","detections":[{"class_id":41,"class_name":"cup","score":0.876543,"#
        + #""bbox":[10.0,20.0,60.123,70.0]}],"error":null}"# + "\n")
  }

  @Test func failureHasNoDetections() throws {
    #expect(
      try line(SampleRecords.failed)
        == #"{"schema":1,"path":"b.png","width":null,"height":null,"orientation":null,"#
        + #""model":"m","pyramid":"single","detections":null,"#
        + #""error":{"kind":"decode","detail":"not a valid PNG"}}"# + "\n")
  }

  @Test func emptyResultIsAnEmptyArray() throws {
    #expect(try line(SampleRecords.record()).contains(#""detections":[],"error":null"#))
  }

  @Test func landmarksFollowTheBox() throws {
    let record = SampleRecords.record(
      boxes: [SampleRecords.cup], landmarks: [Point(x: 1.5, y: -0.0001), Point(x: 2, y: 3)])
    #expect(try line(record).contains(#""landmarks":[[1.5,0.0],[2.0,3.0]]}"#))
  }

  @Test func polygonFollowsTheBox() throws {
    let box = Box(minX: 1, minY: 2, maxX: 3, maxY: 4)
    let detection = Detection(
      box: box, score: 0.5, classID: 0, polygon: [Point(x: 1, y: 2), Point(x: 3, y: 4.25)])
    var record = SampleRecords.record()
    record.outcome = .detections([.init(detection, className: "text")])
    #expect(
      try line(record).contains(#""bbox":[1.0,2.0,3.0,4.0],"polygon":[[1.0,2.0],[3.0,4.25]]}"#))
  }

  @Test func truncationAndTimingAreSaidOnlyWhenThere() throws {
    var record = SampleRecords.record()
    #expect(try !line(record).contains("truncated"))
    #expect(try !line(record).contains("timing_ms"))
    record.picture?.isTruncated = true
    record.timing = Record.Timing(decode: 1.23456, preprocess: 2, inference: 3, postprocess: 4)
    let text = try line(record)
    #expect(text.contains(#""orientation":1,"truncated":true,"#))
    #expect(
      text.hasSuffix(
        #""timing_ms":{"decode":1.235,"preprocess":2.0,"inference":3.0,"postprocess":4.0}}"#
          + "\n"))
    record.timing?.inferenceParts = [
      .init(name: "backbone", time: 1), .init(name: "rest", time: 2),
    ]
    #expect(
      try line(record).hasSuffix(
        #""postprocess":4.0,"inference_parts":{"backbone":1.0,"rest":2.0}}}"# + "\n"))
  }

  @Test func aPathThatIsNotUTF8IsGivenTwice() throws {
    var record = SampleRecords.record()
    record.path = [0x62, 0xff, 0xfe]
    #expect(try line(record).contains(#""path":"b\#u{fffd}\#u{fffd}","path_b64":"Yv/+","#))
  }

  @Test func aLineFeedInAPathStaysOneLine() throws {
    let text = try line(SampleRecords.record(path: "new\nline\u{1b}.jpg"))
    #expect(text.filter { $0 == "\n" }.count == 1)
    #expect(text.contains(#""new\nline\u001b.jpg""#))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func nonFiniteValuesAreNotWritten(_ value: Double) {
    let record = SampleRecords.record(
      boxes: [(Box(minX: 0, minY: 0, maxX: value, maxY: 1), 0.5, 0, "person")])
    #expect(throws: Failure.self) { try JSONFormat().bytes(for: record) }
  }
}
