import Detectors
import Geometry
import Testing

@Suite struct ClassNamesTests {
  @Test func cocoNamesAndAliases() {
    let names = ClassNames.defaults(count: 80)
    #expect(names.count == 80)
    #expect(Set(names).count == 80)
    #expect(
      [names[0], names[4], names[57], names[62], names[79]]
        == ["person", "airplane", "couch", "tv", "toothbrush"])
    #expect(ClassNames.defaults(count: 3) == ["0", "1", "2"])
    for (alias, name) in COCOClasses.aliases {
      #expect(ClassNames.index(of: alias, in: names) == names.firstIndex(of: name))
      #expect(names.contains(name))
    }
    #expect(ClassNames.index(of: "Person", in: names) == 0)
    #expect(ClassNames.index(of: "7", in: names) == 7)
    #expect(ClassNames.index(of: "80", in: names) == nil)
    #expect(ClassNames.index(of: "-1", in: names) == nil)
    #expect(ClassNames.index(of: "unicorn", in: names) == nil)
    // Darknet's own list takes COCO's spelling.
    #expect(ClassNames.index(of: "motorcycle", in: ["car", "motorbike"]) == 1)
    // A name that looks like a number is a name first.
    #expect(ClassNames.index(of: "1", in: ["1", "0"]) == 0)
  }
}

@Suite struct ModelMetadataTests {
  @Test func readsUltralyticsPairs() throws {
    let metadata = try ModelMetadata([
      "names": #"{0: 'person', 1: "it's", 2: 'a\\b\x41\u00e9\'', }"#, "stride": "32",
      "imgsz": "[480, 640]", "task": "detect", "author": "Ultralytics", "end2end": "False",
    ])
    #expect(metadata.classNames == ["person", "it's", "a\\bA\u{e9}'"])
    #expect(metadata.inputSize == Size(width: 640, height: 480))
    #expect(metadata.isUltralytics && metadata.isUltralyticsProgram && !metadata.isEndToEnd)
  }

  @Test func readsListsAndLines() throws {
    #expect(try ModelMetadata(["names": "['a', 'b']"]).classNames == ["a", "b"])
    #expect(try ModelMetadata(["character": "text\ntitle\n"]).classNames == ["text", "title"])
    #expect(try ModelMetadata(["names": "{1: 'b', 0: 'a'}"]).classNames == ["a", "b"])
    #expect(try ModelMetadata(["imgsz": "320"]).inputSize == Size(width: 320, height: 320))
    #expect(try ModelMetadata([:]) == ModelMetadata())
  }

  @Test(arguments: [
    "{0: 'a'", "{0: 'a', 2: 'b'}", "{0: 'a', 0: 'b'}", "{-1: 'a'}", "['a' 'b']", "[1]",
    "['a'] x", "['a\\q']", "['a\\x4']", "['\\ud800']", "[['a']]", "", "{99999999999999999999: 'a'}",
    "['a", "__import__('os')",
  ])
  func refusesOtherNames(_ text: String) {
    #expect(throws: DetectorError.self) { try ModelMetadata(["names": text]) }
  }

  @Test func refusesOtherTasksAndSizes() {
    #expect(throws: DetectorError.unsupportedTask("segment")) {
      try ModelMetadata(["task": "segment"])
    }
    for size in ["[0, 5]", "[1, 2, 3]", "[]", "640.0", "[640"] {
      #expect(throws: DetectorError.self) { try ModelMetadata(["imgsz": size]) }
    }
  }

  @Test func familiesHaveNames() throws {
    #expect(try GridFamily(named: "YOLOv4") == .yolov3)
    #expect(try GridFamily(named: "yolo11") == .yolov8)
    #expect(throws: DetectorError.unknownFamily("ssd")) { try GridFamily(named: "ssd") }
  }
}
