import Geometry
import Interchange
import StrictJSON
import TestSupport
import Testing

/// What `JSONFormat` writes is read back as it was.
@Suite struct RecordReadingTests {
  @Test func writingAfterReadingGivesTheSameBytes() throws {
    var oddName = SampleRecords.failed
    oddName.path = [0x62, 0xff, 0xfe, 0x0a, 0x2e, 0x70, 0x6e, 0x67]
    let records = [
      SampleRecords.record(), SampleRecords.failed, oddName,
      SampleRecords.record(boxes: [SampleRecords.cup], landmarks: [Point(x: 1.5, y: -2)]),
    ]
    for record in records {
      let bytes = try JSONFormat().bytes(for: record)
      let read = try Record(json: JSONReader.parse(bytes.dropLast()))
      #expect(read.path == record.path)
      #expect(try JSONFormat().bytes(for: read) == bytes)
    }
  }

  @Test(arguments: [
    "{}", #"{"schema":2,"path":"a","model":"m","detections":[],"error":null}"#,
    #"{"schema":1,"model":"m","detections":[],"error":null}"#,
    #"{"schema":1,"path":"a","model":"m","detections":null,"error":null}"#,
    #"{"schema":1,"path":"a","model":"m","detections":[{"class_id":-1}],"error":null}"#,
    #"{"schema":1,"path":"a","model":"m","detections":null,"error":{"kind":"?","detail":""}}"#,
    #"{"schema":1,"path":"a","path_b64":"Zg=","model":"m","detections":[],"error":null}"#,
    #"{"schema":1,"path":"a","width":0,"height":1,"model":"m","detections":[],"error":null}"#,
  ])
  func whatIsNoRecordIsRefused(_ text: String) throws {
    let json = try JSONReader.parse(text)
    #expect(throws: RecordError.self) { try Record(json: json) }
  }
}
