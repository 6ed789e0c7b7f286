import Detectors
import Geometry
import Testing

@Suite struct ModelManifestTests {
  private func parse(_ text: String) throws -> ModelManifest {
    try ModelManifest.parse(Array(text.utf8), path: "m.json")
  }

  @Test func readsEveryKey() throws {
    let manifest = try parse(
      """
      {"family": "PicoDet", "input": "608x800", "color": "rgb", "scale": 0.5,
       "mean": [1, 2, 3], "std": 4, "resize": "stretch", "names": ["a", "b"],
       "anchors": [[[1, 2]], [[3, 4.5]]],
       "thresholds": {"score": 0.5, "iou": 0.25, "max_detections": 0}}
      """)
    #expect(manifest.family == .picodet)
    #expect(manifest.inputSize == Size(width: 608, height: 800))
    #expect(manifest.color == .rgb)
    #expect(manifest.scale == 0.5)
    #expect(manifest.mean == [1, 2, 3])
    #expect(manifest.deviation == [4, 4, 4])
    #expect(manifest.resize == .stretch)
    #expect(manifest.classNames == ["a", "b"])
    #expect(manifest.anchors == [[Anchor(width: 1, height: 2)], [Anchor(width: 3, height: 4.5)]])
    #expect(manifest.scoreThreshold == 0.5)
    #expect(manifest.overlapThreshold == 0.25)
    #expect(manifest.maxDetections == 0)
    #expect(try parse("{}") == ModelManifest())
    #expect(try parse("{\"input\": 320}").inputSize == Size(width: 320, height: 320))
    #expect(try parse("{\"input\": [64, 32]}").inputSize == Size(width: 64, height: 32))
    #expect(try parse("{\"anchors\": [[1, 2], [3, 4]]}").anchors?.count == 1)
  }

  @Test func changesThePreprocessingOfTheFamily() throws {
    let manifest = try parse(
      "{\"color\": \"BGR\", \"scale\": 1, \"mean\": 5, \"resize\": \"letterbox-top-left\"}")
    let changed = Preprocessing(family: .yolov8, manifest: manifest)
    #expect(changed.fit == .yolox)
    #expect(changed.padding == 114)
    #expect(changed.layout.order == .bgr)
    #expect(changed.layout.scale == 1)
    #expect(changed.layout.mean == [5, 5, 5])
    #expect(Preprocessing(family: .yolov8, manifest: nil) == Preprocessing(family: .yolov8))
  }

  @Test(arguments: [
    ("[]", "an array"), ("{\"scal\": 1}", "allowed: family, input"), ("{", "line 1"),
    ("{\"family\": \"resnet\"}", "unknown family"), ("{\"family\": 3}", "must be a string"),
    ("{\"input\": \"640\"}", "input"), ("{\"input\": \"0x5\"}", "input"),
    ("{\"input\": -1}", "input"), ("{\"input\": [1, 2, 3]}", "input"),
    ("{\"color\": \"grey\"}", "RGB"), ("{\"scale\": 0}", "positive"), ("{\"std\": 0}", "positive"),
    ("{\"mean\": [1, 2]}", "3 numbers"), ("{\"mean\": 1e300}", "range"),
    ("{\"resize\": \"crop\"}", "letterbox-top-left"), ("{\"names\": []}", "non-empty"),
    ("{\"names\": [1]}", "string"), ("{\"anchors\": [[0, 1]]}", "positive"),
    ("{\"anchors\": [1, 2]}", "pairs"), ("{\"anchors\": [[]]}", "pairs"),
    ("{\"anchors\": [[[1]]]}", "pairs"), ("{\"thresholds\": {\"conf\": 1}}", "max_detections"),
    ("{\"thresholds\": {\"iou\": 1.5}}", "0...1"), ("{\"thresholds\": 3}", "object"),
    ("{\"thresholds\": {\"max_detections\": -1}}", "whole number"),
    ("{\"scale\": 1, \"scale\": 1}", "twice"),
  ])
  func refusesWithTheReason(_ text: String, _ reason: String) {
    do {
      _ = try parse(text)
      Issue.record("accepted \(text)")
    } catch {
      let message = String(describing: error)
      #expect(message.hasPrefix("m.json: ") && message.contains(reason), "\(message)")
    }
  }

  @Test func liesBesideTheModel() throws {
    #expect(ModelManifest.path(besideModel: "a/b.c/yolo.onnx") == "a/b.c/yolo.json")
    #expect(ModelManifest.path(besideModel: "a/b.c/yolo") == "a/b.c/yolo.json")
    #expect(ModelManifest.path(besideModel: ".hidden") == ".hidden.json")
    #expect(try ModelManifest.besideModel("/nonexistent/model.onnx") == nil)
  }
}
