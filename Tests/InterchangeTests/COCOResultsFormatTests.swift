import Geometry
import Interchange
import StrictJSON
import Testing

@Suite struct COCOResultsFormatTests {
  private static let annotations: JSONValue = [
    "images": [
      ["id": 42, "file_name": "1.jpg"], ["id": 7, "file_name": "val/1.jpg"],
    ],
    "categories": [["id": 47, "name": "cup"], ["id": 5, "name": "airplane"]],
  ]

  private func text(_ format: COCOResultsFormat, _ records: [Record]) throws -> String {
    var format = format
    var bytes = format.header()
    for record in records { bytes += try format.bytes(for: record) }
    return String(decoding: bytes + format.footer(), as: UTF8.self)
  }

  private func identifiers() throws -> COCOIdentifiers {
    try COCOIdentifiers(annotations: Self.annotations) { $0 == "aeroplane" ? "airplane" : $0 }
  }

  @Test func idsAreIndexAndClassWithoutAnnotations() throws {
    let paths = ["b.jpg", "a.jpg", "b.jpg", "c.jpg"].map { Array($0.utf8) }
    let format = COCOResultsFormat(identifiers: COCOIdentifiers(paths: paths))
    let text = try text(
      format,
      [
        SampleRecords.record(path: "b.jpg", boxes: [SampleRecords.cup]),
        SampleRecords.record(path: "a.jpg", boxes: [SampleRecords.cup]),
      ])
    let rest = #""category_id":42,"bbox":[10.0,20.0,50.123,50.0],"score":0.87654}"#
    #expect(
      text == #"[\#n{"image_id":1,\#(rest),\#n{"image_id":0,\#(rest)\#n]\#n"#)
    #expect(try JSONReader.parse(text).arrayValue?.count == 2)
  }

  @Test func emptyResultIsAnEmptyArray() throws {
    let format = COCOResultsFormat(identifiers: COCOIdentifiers(paths: [Array("a/1.jpg".utf8)]))
    let text = try text(format, [SampleRecords.record(), SampleRecords.failed])
    #expect(try JSONReader.parse(text) == .array([]))
  }

  @Test(arguments: [
    ("1.jpg", 42), ("other/1.jpg", 42), ("val/1.jpg", 7), ("/data/val/1.jpg", 7),
    ("./val//1.jpg", 7),
  ])
  func theLongestFileNameDecides(_ path: String, _ id: Int) throws {
    #expect(try identifiers().imageID(path: Array(path.utf8)) == id)
  }

  @Test func anUnknownPictureIsAFailure() throws {
    let identifiers = try identifiers()
    #expect(throws: Failure(.data, "the annotations have no image of this file name")) {
      try identifiers.imageID(path: Array("11.jpg".utf8))
    }
  }

  @Test func classesGoByNameAndAlias() throws {
    let identifiers = try identifiers()
    #expect(identifiers.categoryID(classID: 0, className: "aeroplane") == 5)
    #expect(identifiers.categoryID(classID: 41, className: "cup") == 47)
    #expect(identifiers.categoryID(classID: 3, className: "car") == nil)
    #expect(identifiers.unknownClasses(among: ["cup", "car", "aeroplane"]) == ["car"])
  }

  @Test func classesThatAreNotAnnotatedAreLeftOut() throws {
    let format = COCOResultsFormat(identifiers: try identifiers())
    let car = (SampleRecords.cup.0, 0.9, 2, "car")
    let text = try text(format, [SampleRecords.record(boxes: [car, SampleRecords.cup, car])])
    #expect(try JSONReader.parse(text).arrayValue?.count == 1)
  }

  @Test(arguments: [
    #"{}"#, #"{"images":[{"id":"1","file_name":"a"}],"categories":[]}"#,
    #"{"images":[{"id":1}],"categories":[]}"#,
    #"{"images":[{"id":1,"file_name":"a"},{"id":2,"file_name":"a"}],"categories":[]}"#,
    #"{"images":[],"categories":[{"id":1,"name":"cup"},{"id":2,"name":"cup"}]}"#,
  ])
  func malformedAnnotationsAreRefused(_ text: String) throws {
    let json = try JSONReader.parse(text)
    #expect(throws: COCOError.self) { try COCOIdentifiers(annotations: json) { $0 } }
  }
}
