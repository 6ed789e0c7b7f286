import Detectors
import Geometry
import ModelFormats
import Testing

@Suite struct GridRecognitionTests {
  private let square640 = Size(width: 640, height: 640)
  private let raw = OutputTrace(hasSigmoid: true)
  private let decoded = OutputTrace(hasSigmoid: true, hasArithmetic: true)
  private let decodedByExp = OutputTrace(
    hasSigmoid: true, hasArithmetic: true, hasExponential: true)

  private func plan(
    _ shapes: [[Int]], _ trace: OutputTrace, input: Size = Size(width: 640, height: 640),
    metadata: [String: String] = [:], manifest: String? = nil, family: GridFamily? = nil
  ) throws -> GridPlan {
    try GridRecognition(
      outputs: shapes.enumerated().map { HeadOutput(name: "o\($0)", shape: $1, trace: trace) },
      inputSize: input, metadata: ModelMetadata(metadata),
      manifest: manifest.map { try ModelManifest.parse(Array($0.utf8), path: "m.json") },
      requestedFamily: family
    ).plan()
  }

  private func names(_ count: Int) -> String {
    "{" + (0..<count).map { "\($0): 'n\($0)'" }.joined(separator: ", ") + "}"
  }

  @Test func rowsOfPublishedShapes() throws {
    let cases: [([Int], OutputTrace, Size, GridFamily, Int)] = [
      ([1, 84, 8400], decoded, square640, .yolov8, 80),
      ([1, 8400, 84], decoded, square640, .yolov8, 80),
      ([1, 25200, 85], decoded, square640, .yolov5, 80),
      ([1, 25200, 6], decoded, square640, .yolov5, 1),
      ([1, 102000, 85], decoded, Size(width: 1280, height: 1280), .yolov5, 80),
      ([1, 8400, 85], decoded, square640, .yolov5, 80),
      ([1, 8400, 85], raw, square640, .yolox, 80),
      ([1, 8400, 85], decodedByExp, square640, .yolox, 80),
      ([1, 3549, 85], raw, Size(width: 416, height: 416), .yolox, 80),
      ([1, 300, 6], decoded, square640, .yolov10, 80),
      ([1, 2125, 112], raw, Size(width: 320, height: 320), .nanodet, 80),
      ([1, 2100, 112], raw, Size(width: 320, height: 320), .nanodet, 80),
    ]
    for (shape, trace, input, family, classCount) in cases {
      let plan = try self.plan([shape], trace, input: input)
      #expect(plan.family == family, "\(shape)")
      #expect(plan.classCount == classCount, "\(shape)")
      #expect(plan.heads.flatMap(\.decoder.elementCounts) == [shape.reduce(1, *)])
    }
  }

  @Test func decodedExportsOfYOLOXNeedNoDecoding() throws {
    let head = try #require(self.plan([[1, 8400, 85]], decodedByExp).heads.first)
    #expect(head.decoder is RowsDecoder)
    let rawHead = try #require(self.plan([[1, 8400, 85]], raw).heads.first)
    #expect((rawHead.decoder as? YOLOXDecoder)?.isActivated == true)
    let logits = try #require(self.plan([[1, 8400, 85]], OutputTrace()).heads.first)
    #expect((logits.decoder as? YOLOXDecoder)?.isActivated == false)
  }

  @Test func oldExportsListRawMapsBesideTheRows() throws {
    let shapes = [
      [1, 25200, 85], [1, 3, 80, 80, 85], [1, 3, 40, 40, 85], [1, 3, 20, 20, 85],
    ]
    let plan = try self.plan(shapes, decoded)
    #expect(plan.family == .yolov5)
    #expect(plan.heads.map(\.outputs) == [[0]])
  }

  @Test func mapsOfPublishedShapes() throws {
    let fastest = try self.plan(
      [[1, 85, 22, 22]], OutputTrace(hasSigmoid: true), input: Size(width: 352, height: 352))
    #expect(fastest.family == .fastestdet)
    #expect(fastest.classCount == 80)
    let first = try self.plan([[1, 1470]], OutputTrace(), input: Size(width: 448, height: 448))
    #expect(first.family == .yolov1)
    #expect((first.heads[0].decoder as? YOLOv1Decoder)?.layout == .blocks)
    let perCell = try self.plan(
      [[1, 7, 7, 30]], OutputTrace(), input: Size(width: 448, height: 448))
    #expect((perCell.heads[0].decoder as? YOLOv1Decoder)?.layout == .perCell)
    let distributions = try self.plan(
      [[1, 144, 20, 20], [1, 144, 80, 80], [1, 144, 40, 40]], OutputTrace())
    #expect(distributions.family == .yolov8)
    // Matched to strides by size, not by order.
    #expect(distributions.heads[0].outputs == [1, 2, 0])
  }

  @Test func pageLayoutModelOfPicoDet() throws {
    let cells = [7600, 1900, 475, 130]
    let shapes = cells.map { [1, $0, 10] } + cells.map { [1, $0, 32] }
    let plan = try self.plan(shapes, raw, input: Size(width: 608, height: 800))
    #expect(plan.family == .picodet)
    #expect(plan.classCount == 10)
    let decoder = try #require(plan.heads[0].decoder as? DistributionGridDecoder)
    #expect(decoder.levels.map(\.grid.strideInPixels) == [8, 16, 32, 64])
    #expect(decoder.binCount == 8)
    #expect(plan.heads[0].outputs == [0, 4, 1, 5, 2, 6, 3, 7])
    let three = try self.plan(
      [40, 20, 10].flatMap { [[1, 80, $0, $0], [1, 32, $0, $0]] }, raw,
      input: Size(width: 320, height: 320))
    #expect(three.family == .nanodet)
  }

  @Test func anchorsComeFromTheManifest() throws {
    let shapes = [[1, 255, 80, 80], [1, 255, 40, 40], [1, 255, 20, 20]]
    #expect(throws: DetectorError.self) { try self.plan(shapes, OutputTrace()) }
    do {
      _ = try self.plan(shapes, OutputTrace())
    } catch DetectorError.ambiguousFamily(let families, _) {
      #expect(families == [.yolov3, .yolov5])
    }
    #expect(throws: DetectorError.missingAnchors(.yolov5)) {
      try self.plan(shapes, OutputTrace(), family: .yolov5)
    }
    let anchors = "[[[1,2],[3,4],[5,6]],[[7,8],[9,10],[11,12]],[[13,14],[15,16],[17,18]]]"
    let plan = try self.plan(
      shapes.reversed(), OutputTrace(), manifest: "{\"family\":\"yolov5\",\"anchors\":\(anchors)}")
    let decoders = plan.heads.compactMap { $0.decoder as? AnchorGridDecoder }
    #expect(plan.heads.map(\.outputs) == [[2], [1], [0]])
    #expect(decoders.map(\.columns) == [80, 40, 20])
    #expect(decoders[0].anchors[0] == Anchor(width: 1, height: 2))
    #expect(decoders.allSatisfy { $0.sizeRule == .squared && $0.scaleXY == 2 })
    let twoLevels =
      "{\"family\":\"yolov3\",\"anchors\":[[[1,2],[3,4],[5,6]],[[7,8],[9,10],[11,12]]]}"
    #expect(throws: DetectorError.self) {
      try self.plan(shapes, OutputTrace(), manifest: twoLevels)
    }
    let region = try self.plan(
      [[1, 125, 13, 13]], OutputTrace(), input: Size(width: 416, height: 416),
      manifest: "{\"anchors\":[[1,1],[2,2],[3,3],[4,4],[5,5]]}")
    #expect(region.family == .yolov2)
    #expect(region.classCount == 20)
    #expect(throws: DetectorError.missingAnchors(.yolov2)) {
      try self.plan([[1, 125, 13, 13]], OutputTrace(), input: Size(width: 416, height: 416))
    }
  }

  @Test func namesDecideBetweenFamilies() throws {
    // 40 classes of YOLOX or 13 of NanoDet.
    let shape = [[1, 8400, 45]]
    do {
      _ = try self.plan(shape, raw)
      Issue.record("ambiguous outputs were accepted")
    } catch DetectorError.ambiguousFamily(let families, _) {
      #expect(Set(families) == [.yolox, .nanodet])
    }
    #expect(try self.plan(shape, raw, family: .nanodet).classCount == 13)
    let names = (0..<40).map { "\"n\($0)\"" }.joined(separator: ",")
    #expect(try self.plan(shape, raw, manifest: "{\"names\":[\(names)]}").family == .yolox)
  }

  @Test func exportersMetadataDecides() throws {
    let pairs = ["names": names(18), "stride": "32", "author": "Ultralytics", "task": "detect"]
    let plan = try self.plan(
      [[1, 22, 2100]], decoded, input: Size(width: 320, height: 320), metadata: pairs)
    #expect(plan.family == .yolov8)
    #expect(plan.classCount == 18)
    #expect(throws: DetectorError.classNameMismatch(names: 18, classes: 80)) {
      try self.plan([[1, 84, 8400]], decoded, metadata: pairs)
    }
    var endToEnd = pairs
    endToEnd["end2end"] = "True"
    #expect(try self.plan([[1, 300, 6]], decoded, metadata: endToEnd).family == .yolov10)
  }

  @Test func otherOutputsAreRefused() {
    for shapes in [
      [[1, 1000]], [[1, 100, 4], [1, 100]], [[1, 84, 8401]], [[2, 84, 8400]], [[]],
      [[1, 4, 8400]], [[1, 21, 64, 64]], [[1, 0, 0]],
    ] {
      #expect(throws: DetectorError.self) { try self.plan(shapes, decoded) }
    }
    #expect(throws: DetectorError.unrecognisedOutputs("o0 [1, 1000]", family: .yolox)) {
      try self.plan([[1, 1000]], decoded, family: .yolox)
    }
  }

  @Test func darknetSectionsState() throws {
    var head = DarknetHead(
      kind: .yolo, outputName: "conv_22", section: 23, classCount: 80,
      anchors: [.init(width: 10, height: 14), .init(width: 23, height: 27)], mask: [1],
      boxesPerCell: 1, columns: 26, rows: 26, inputWidth: 416, inputHeight: 416)
    head.scaleXY = 1.05
    let outputs = [
      HeadOutput(name: "other", shape: [1]), HeadOutput(name: "conv_22", shape: [1, 85, 26, 26]),
    ]
    let plan = try GridPlan(darknetHeads: [head], outputs: outputs, requestedFamily: nil)
    #expect(plan.family == .yolov3)
    #expect(plan.heads[0].outputs == [1])
    let decoder = try #require(plan.heads[0].decoder as? AnchorGridDecoder)
    #expect(decoder.anchors == [Anchor(width: 23, height: 27)])
    #expect(abs(decoder.scaleXY - 1.05) < 1e-6)
    #expect(throws: DetectorError.self) {
      try GridPlan(darknetHeads: [head], outputs: outputs, requestedFamily: .yolov8)
    }
    #expect(throws: DetectorError.self) {
      try GridPlan(darknetHeads: [head], outputs: [outputs[0]], requestedFamily: nil)
    }
    for change: (inout DarknetHead) -> Void in [
      { $0.classCount = .max }, { $0.mask = [2] }, { $0.mask = [-1] }, { $0.rows = 0 },
      { $0.columns = 1 << 40 }, { $0.classCount = 79 },
    ] {
      var broken = head
      change(&broken)
      #expect(throws: DetectorError.self) {
        try GridPlan(darknetHeads: [broken], outputs: outputs, requestedFamily: nil)
      }
    }
  }

  @Test func triplesAreFCOSWhenAsked() throws {
    let input = Size(width: 256, height: 128)
    for classCount in [1, 4, 80] {
      var shapes: [[Int]] = []
      for channels in [classCount, 4, 1] {
        for stride in [16, 8, 32] {
          shapes.append([1, channels, input.height / stride, input.width / stride])
        }
      }
      let plan = try self.plan(shapes, raw, input: input, family: .fcos)
      #expect(plan.classCount == classCount)
      // Per level, finest first: classes, distances, centerness.
      #expect(plan.heads.map(\.outputs) == [[1, 4, 7, 0, 3, 6, 2, 5, 8]])
      #expect(
        plan.heads[0].decoder.elementCounts == plan.heads[0].outputs.map { shapes[$0].reduce(1, *) }
      )
    }
    #expect(throws: DetectorError.self) {
      try self.plan([[1, 80, 16, 32], [1, 4, 16, 32], [1, 1, 16, 32]], raw, input: input)
    }
  }
}
