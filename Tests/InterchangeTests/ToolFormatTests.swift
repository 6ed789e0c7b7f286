import Geometry
import Interchange
import StrictJSON
import TestSupport
import Testing

/// The formats of other tools.
@Suite struct ToolFormatTests {
  private let record = SampleRecords.record(boxes: [SampleRecords.cup])

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func pascalVOCCountsPixelsFromOne() {
    let whole = (Box(minX: 0, minY: 0, maxX: 200, maxY: 100), 0.5, 0, "a<b>&c")
    let text = text(PascalVOCFormat.bytes(for: SampleRecords.record(boxes: [whole])))
    for line in [
      "\t<folder>a</folder>", "\t<filename>1.jpg</filename>", "\t\t<width>200</width>",
      "\t\t\t<xmin>1</xmin>", "\t\t\t<ymin>1</ymin>", "\t\t\t<xmax>200</xmax>",
      "\t\t\t<ymax>100</ymax>", "\t\t<name>a&lt;b&gt;&amp;c</name>", "\t\t<truncated>1</truncated>",
      "\t\t<confidence>0.5</confidence>",
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    let inner = self.text(PascalVOCFormat.bytes(for: record))
    #expect(inner.contains("<xmin>11</xmin>\n\t\t\t<ymin>21</ymin>"))
    #expect(inner.contains("<xmax>60</xmax>\n\t\t\t<ymax>70</ymax>"))
    #expect(inner.contains("<truncated>0</truncated>"))
    #expect(PascalVOCFormat.bytes(for: SampleRecords.failed).isEmpty)
  }

  @Test func pascalVOCKeepsBoxesInThePicture() {
    let outside = (Box(minX: -1e300, minY: 99.9, maxX: 1e300, maxY: 1e300), 0.5, 0, "x")
    let text = text(PascalVOCFormat.bytes(for: SampleRecords.record(boxes: [outside])))
    #expect(text.contains("<xmin>1</xmin>\n\t\t\t<ymin>100</ymin>"))
    #expect(text.contains("<xmax>200</xmax>\n\t\t\t<ymax>100</ymax>"))
  }

  @Test func ultralyticsHasFiveDecimals() throws {
    let json = try JSONReader.parse(UltralyticsFormat.bytes(for: record))
    #expect(
      json == [
        [
          "name": "cup", "class": 41, "confidence": 0.87654,
          "box": ["x1": 10.0, "y1": 20.00049, "x2": 60.12345, "y2": 70.0],
        ]
      ])
    #expect(try JSONReader.parse(UltralyticsFormat.bytes(for: SampleRecords.record())) == [])
    #expect(try UltralyticsFormat.bytes(for: SampleRecords.failed).isEmpty)
  }

  @Test func darknetNumbersItsFrames() throws {
    var format = DarknetJSONFormat()
    let bytes =
      format.header() + (try format.bytes(for: record))
      + (try format.bytes(for: SampleRecords.failed)) + format.footer()
    #expect(
      text(bytes) == """
        [
        {
         "frame_id":1,\u{20}
         "filename":"a/1.jpg",\u{20}
         "objects": [\u{20}
          {"class_id":41, "name":"cup", "relative_coordinates":{"center_x":0.175309, \
        "center_y":0.450002, "width":0.250617, "height":0.499995}, "confidence":0.876543}
         ]\u{20}
        },\u{20}
        {
         "frame_id":2,\u{20}
         "filename":"b.png",\u{20}
         "objects": [\u{20}

         ]\u{20}
        }
        ]
        """)
    var resumed = DarknetJSONFormat()
    resumed.resume(recordCount: 7, hasContent: true)
    #expect(text(try resumed.bytes(for: record)).contains(#""frame_id":8"#))
  }

  @Test func megaDetectorSaysWhatFailed() throws {
    var format = MegaDetectorFormat(classNames: ["animal", "person"], model: "md")
    let animal = (Box(minX: 20, minY: 10, maxX: 120, maxY: 60), 0.98765, 0, "animal")
    let bytes =
      format.header() + (try format.bytes(for: SampleRecords.record(boxes: [animal])))
      + (try format.bytes(for: SampleRecords.failed)) + format.footer()
    let json = try JSONReader.parse(bytes)
    #expect(
      json["images"] == [
        [
          "file": "a/1.jpg",
          "detections": [["category": "1", "conf": 0.988, "bbox": [0.1, 0.1, 0.5, 0.5]]],
        ],
        ["file": "b.png", "failure": "image access failure", "detections": nil],
      ])
    #expect(json["detection_categories"] == ["1": "animal", "2": "person"])
    #expect(json["info"] == ["detector": "md", "format_version": "1.5"])
    var empty = MegaDetectorFormat(classNames: [], model: "md")
    #expect(try JSONReader.parse(empty.header() + empty.footer())["images"] == [])
  }
}
