import Geometry
import Interchange
import Testing

@Suite struct CSVFormatTests {
  private func text(_ records: [Record]) throws -> String {
    var format = CSVFormat()
    var bytes = format.header()
    for record in records { bytes += try format.bytes(for: record) }
    return String(decoding: bytes + format.footer(), as: UTF8.self)
  }

  @Test func oneRowPerDetection() throws {
    let record = SampleRecords.record(boxes: [SampleRecords.cup, SampleRecords.cup])
    let row = "a/1.jpg,200,100,41,cup,0.876543,10.0,20.0,60.123,70.0,\n"
    #expect(
      try text([record, SampleRecords.record(path: "empty.png")])
        == "path,width,height,class_id,class_name,score,x1,y1,x2,y2,error\n" + row + row)
  }

  @Test func aFailureHasARow() throws {
    #expect(try text([SampleRecords.failed]).hasSuffix("b.png,,,,,,,,,,decode: not a valid PNG\n"))
  }

  @Test func specialCharactersAreQuoted() throws {
    let record = SampleRecords.record(path: "a,\"b\"\n.jpg", boxes: [SampleRecords.cup])
    #expect(try text([record]).contains("\n\"a,\"\"b\"\"\n.jpg\",200,"))
  }
}

@Suite struct YOLOTextFormatTests {
  private func text(_ record: Record) -> String {
    String(decoding: YOLOTextFormat.bytes(for: record), as: UTF8.self)
  }

  @Test func linesAreFractionsWithSixDigits() {
    let record = SampleRecords.record(boxes: [
      (Box(minX: 10, minY: 20, maxX: 60, maxY: 70), 0.87654321, 41, "cup"),
      (Box(minX: 0, minY: 0, maxX: 200, maxY: 100), 0.5, 0, "person"),
      (Box(minX: 0, minY: 0, maxX: 0.001, maxY: 100.0 / 3), 0.25, 2, "car"),
    ])
    #expect(
      text(record) == "41 0.175 0.45 0.25 0.5 0.876543\n0 0.5 0.5 1 1 0.5\n"
        + "2 2.5e-06 0.166667 5e-06 0.333333 0.25\n")
  }

  @Test func nothingFoundIsNothing() {
    #expect(text(SampleRecords.record()).isEmpty)
    #expect(text(SampleRecords.failed).isEmpty)
  }
}
