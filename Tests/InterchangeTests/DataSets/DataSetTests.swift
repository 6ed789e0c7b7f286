import Geometry
import Interchange
import TestSupport
import Testing

@Suite struct DataSetTests {
  private let annotations = """
    {"images": [{"id": "b", "file_name": "b.jpg", "width": 4, "height": 3},
                {"id": "a", "file_name": "a.jpg"}],
     "categories": [{"id": 9, "name": "dog"}, {"id": 3, "name": "cat"}],
     "annotations": [
       {"image_id": "a", "category_id": 9, "bbox": [1, 2, 3, 4]},
       {"image_id": "a", "category_id": 9, "bbox": [1, 2, -3, 4]},
       {"image_id": "b", "category_id": 3, "bbox": [0, 0, 2, 2], "area": 3, "iscrowd": 1}
     ]}
    """

  @Test("a bad COCO annotation is an error with file and line, or left out and counted")
  func coco() throws {
    var strict = Leniency(isLenient: false)
    let error = #expect(throws: AnnotationError.self) {
      _ = try COCODataSet.read(Array(annotations.utf8), path: "x.json", leniency: &strict)
    }
    #expect(error?.line == 6)
    #expect("\(try #require(error))".hasPrefix("x.json:6: annotations[1]: bbox"))
    var lenient = Leniency(isLenient: true)
    let set = try COCODataSet.read(Array(annotations.utf8), path: "x.json", leniency: &lenient)
    #expect(lenient.leftOut == 1 && lenient.examples.first?.line == 6)
    #expect(set.categories.map(\.name) == ["cat", "dog"])
    #expect(set.pictures.map(\.fileName) == ["a.jpg", "b.jpg"])
    #expect(set.pictures[0].objects.map(\.category) == [1])
    #expect(set.pictures[0].objects[0].area == 12)
    #expect(set.pictures[1].objects[0].isCrowd && set.pictures[1].objects[0].area == 3)
  }

  @Test(
    "broken files name the line",
    arguments: [("{\n \"images\": [}", 2), ("[1,\n2,\n]", 3), ("{}", nil)] as [(String, Int?)])
  func brokenJSON(_ text: String, _ line: Int?) {
    var leniency = Leniency(isLenient: true)
    let error = #expect(throws: AnnotationError.self) {
      _ = try COCODataSet.read(Array(text.utf8), path: "x", leniency: &leniency)
    }
    #expect(error?.line == line)
  }

  private func voc(_ object: String) -> [UInt8] {
    Array(
      """
      <?xml version="1.0"?>
      <!-- a comment -->
      <annotation verified="yes">
        <filename>a &amp; b.jpg</filename>
        <size><width>640</width><height>480</height><depth>3</depth></size>
        <object>
      \(object)
        </object>
      </annotation>

      """.utf8)
  }

  @Test("Pascal VOC counts pixels from 1, both ends inclusive")
  func vocBoxes() throws {
    var leniency = Leniency(isLenient: false)
    let bytes = voc(
      """
      <name>RBC</name><difficult>1</difficult><part><name>head</name></part>
      <bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>2</ymax></bndbox>
      """)
    let labels = try VOCAnnotation(bytes, path: "a.xml", leniency: &leniency)
    #expect(labels.fileName == "a & b.jpg" && labels.size == Size(width: 640, height: 480))
    let object = try #require(labels.objects.first)
    #expect(object.name == "RBC" && object.isDifficult && labels.objects.count == 1)
    #expect(object.box == OriginSizeBox(x: 0, y: 1, width: 10, height: 1))
  }

  @Test(
    "a bad object is an error with its line",
    arguments: [
      ("<name>a</name>", 6),
      (
        "<name>a</name>\n<bndbox><xmin>1</xmin><ymin>x</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>",
        8
      ),
      (
        "<name>a</name>\n<bndbox><xmin>9</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>",
        8
      ),
    ])
  func badObjects(_ object: String, _ line: Int) throws {
    var strict = Leniency(isLenient: false)
    let error = #expect(throws: AnnotationError.self) {
      _ = try VOCAnnotation(voc(object), path: "a.xml", leniency: &strict)
    }
    #expect(error?.line == line)
    var lenient = Leniency(isLenient: true)
    #expect(try VOCAnnotation(voc(object), path: "a.xml", leniency: &lenient).objects.isEmpty)
    #expect(lenient.leftOut == 1)
  }

  @Test(
    "what is not plain XML is refused, never followed",
    arguments: [
      "", "text", "<annotation>", "<annotation></b>", "<annotation/><annotation/>", "<a></a>",
      "<!DOCTYPE a [<!ENTITY x \"y\">]><annotation>&x;</annotation>",
      "<annotation>&x;</annotation>", "<annotation>&#xD800;</annotation>", "<annotation a=b/>",
      "<annotation", "<annotation><!-- ", "<annotation>\u{1}</annotation>",
      String(repeating: "<annotation>", count: 100_000),
    ])
  func badXML(_ text: String) {
    var leniency = Leniency(isLenient: true)
    #expect(throws: AnnotationError.self) {
      _ = try VOCAnnotation(Array(text.utf8), path: "a.xml", leniency: &leniency)
    }
  }

  @Test("YOLO's fractions become pixels; outlines become the box around them")
  func yolo() throws {
    var leniency = Leniency(isLenient: true)
    let text = "1 0.5 0.5 0.5 0.25\r\n\n0 0.1 0.1 0.3 0.1 0.3 0.5\n7 0 0 1 1\n0 1 2\n0 nan 0 1 1\n"
    let lines = try YOLOLabels.read(
      Array(text.utf8), path: "a.txt", size: Size(width: 200, height: 100), classCount: 2,
      hasScores: false, leniency: &leniency)
    #expect(leniency.leftOut == 3 && leniency.examples.map(\.line) == [4, 5, 6])
    #expect(lines.count == 2)
    #expect(lines[0].box == OriginSizeBox(x: 50, y: 37.5, width: 100, height: 25))
    #expect(abs(lines[1].area - 800) < 1e-9 && abs(lines[1].box.area - 1600) < 1e-9)
  }

  @Test(
    "names come in the ways that people write them",
    arguments: [
      "path: x\nnames: [cat, \"hot, dog\", 'it'] # three\n",
      "names:\n  0: cat\n  1: \"hot, dog\"\n\n  2: it\nnc: 3\n",
      "names:\n- cat\n- hot, dog\n- 'it'\ntrain: x\n", "names: [cat,\n  'hot, dog',\n  it]\n",
    ])
  func names(_ text: String) throws {
    #expect(try YOLONames.yaml(Array(text.utf8), path: "d") == ["cat", "hot, dog", "it"])
  }

  @Test(arguments: ["", "names: cat\n", "names:\n  1: a\n", "names: [a, a]\n", "names: [\n"])
  func badNames(_ text: String) {
    #expect(throws: AnnotationError.self) {
      _ = try YOLONames.yaml(Array(text.utf8), path: "d")
    }
  }

  @Test("predictions are read from COCO's results and from records")
  func predictions() throws {
    var leniency = Leniency(isLenient: false)
    let coco = try Predictions(
      Array(#" [{"image_id":1,"category_id":2,"bbox":[1,2,3,4],"score":0.5}]"#.utf8), path: "r",
      leniency: &leniency)
    #expect(coco.predictions.map(\.box) == [OriginSizeBox(x: 1, y: 2, width: 3, height: 4)])
    let records = """
      {"path":"a.jpg","detections":[{"class_name":"x","score":1,"bbox":[1,2,4,6]}],"error":null}
      {"path":"b.jpg","detections":null,"error":{"kind":"io","detail":"gone"}}

      """
    let own = try Predictions(Array(records.utf8), path: "r", leniency: &leniency)
    #expect(own.predictions.map(\.box) == coco.predictions.map(\.box))
    #expect(own.predictions.map(\.picture) == [.path(Array("a.jpg".utf8))])
    #expect(own.failures.map(\.detail) == ["gone"])
    let bad = "[\n{\"image_id\":1,\"category_id\":2,\"bbox\":[1,2,3],\"score\":0.5}]"
    let error = #expect(throws: AnnotationError.self) {
      _ = try Predictions(Array(bad.utf8), path: "r", leniency: &leniency)
    }
    #expect(error?.line == 2)
  }

  @Test(
    "the blood cell data set reads whole",
    .enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func bloodCells() throws {
    let folder = try #require(TestFiles.shared) + "/datasets/bccd/annotations/"
    var leniency = Leniency(isLenient: false)
    let path = folder + "BloodImage_00000.xml"
    let labels = try VOCAnnotation(TestFiles.bytes(path), path: path, leniency: &leniency)
    #expect(labels.objects.count == 20 && labels.fileName == "BloodImage_00000.jpg")
    #expect(labels.objects[0].box == OriginSizeBox(x: 259, y: 176, width: 232, height: 200))
  }
}
