import Detectors
import Geometry
import StrictJSON
import TestSupport
import Testing

/// The decoders and losses against `Fixtures/spec/03_yolo.json`.
@Suite struct DecoderVectorTests {
  private let vectors: JSONValue

  init() throws { vectors = try SpecVectors("03_yolo.json").root }

  private func expect(
    _ actual: [Double], _ expected: [Double], tolerance: Double = 1e-5,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(actual.count == expected.count, sourceLocation: sourceLocation)
    for (a, b) in zip(actual, expected) {
      #expect(abs(a - b) <= tolerance, "\(actual) != \(expected)", sourceLocation: sourceLocation)
    }
  }

  private func centered(_ box: Box) -> [Double] {
    [(box.minX + box.maxX) / 2, (box.minY + box.maxY) / 2, box.width, box.height]
  }

  private func corners(_ box: Box) -> [Double] { [box.minX, box.minY, box.maxX, box.maxY] }

  /// A map `[channels, rows, columns]` that is `fill` except for one cell.
  private func map(
    _ values: [Float], cell: (Int, Int), columns: Int, rows: Int, fill: Float
  ) -> [Float] {
    var map = [Float](repeating: fill, count: values.count * columns * rows)
    for (channel, value) in values.enumerated() {
      map[channel * columns * rows + cell.1 * columns + cell.0] = value
    }
    return map
  }

  /// Vector `v1`: both layouts of the same numbers.
  @Test(arguments: [YOLOv1Decoder.Layout.blocks, .perCell])
  func yolov1(_ layout: YOLOv1Decoder.Layout) throws {
    let vector = try vectors.member("v1")
    let blocks = YOLOv1Decoder(
      side: 2, boxesPerCell: 2, classCount: 3, layout: .blocks,
      inputSize: Size(width: 448, height: 448))
    var decoder = blocks
    decoder.layout = layout
    let output = rearranged(try vector.member("pred").floats, from: blocks, to: decoder)
    let candidates = decoder.candidates([output], scoreThreshold: -10)
    let expected = try #require(vector.member("decoded_xyxy_then_class_scores").arrayValue)
    #expect(candidates.boxes.count == expected.count)
    for (index, row) in expected.map(\.numbers).enumerated() {
      expect(corners(candidates.boxes[index]), Array(row[..<4]), tolerance: 1e-4)
      let scores = candidates.entries.filter { Int($0.boxIndex) == index }
      #expect(scores.map(\.classID) == [0, 1, 2])
      expect(scores.map { Double($0.score) }, Array(row[4...]), tolerance: 1e-6)
    }
    let full = try vector.member("full_output_len")
    let published = YOLOv1Decoder(
      side: try #require(full["S"]?.intValue), boxesPerCell: try #require(full["B"]?.intValue),
      classCount: try #require(full["C"]?.intValue), layout: layout,
      inputSize: Size(width: 448, height: 448))
    #expect(published.elementCounts == [try #require(full["len"]?.intValue)])
  }

  private func rearranged(
    _ values: [Float], from: YOLOv1Decoder, to: YOLOv1Decoder
  ) -> [Float] {
    var result = values
    for cell in 0..<(from.side * from.side) {
      for classID in 0..<from.classCount {
        result[to.classOffset(cell) + classID] = values[from.classOffset(cell) + classID]
      }
      for box in 0..<from.boxesPerCell {
        result[to.confidenceOffset(cell, box)] = values[from.confidenceOffset(cell, box)]
        for part in 0..<4 {
          result[to.boxOffset(cell, box) + part] = values[from.boxOffset(cell, box) + part]
        }
      }
    }
    return result
  }

  /// Vector `v1.loss`.
  @Test func yolov1Loss() throws {
    let vector = try vectors.member("v1")
    let decoder = YOLOv1Decoder(
      side: 2, boxesPerCell: 2, classCount: 3, layout: .blocks,
      inputSize: Size(width: 448, height: 448))
    let objects = try #require(vector.member("gt_cell_cls_x_y_w_h").arrayValue).map(\.numbers).map {
      YOLOv1Loss.Object(
        cell: Int($0[0]), classID: Int($0[1]), x: $0[2], y: $0[3], width: $0[4], height: $0[5])
    }
    var loss = YOLOv1Loss()
    loss.coordinateWeight = try #require(vector["lambda_coord"]?.doubleValue)
    loss.noObjectWeight = try #require(vector["lambda_noobj"]?.doubleValue)
    let terms = loss.terms(try vector.member("pred").floats, decoder, objects)
    let expected = try vector.member("loss")
    for (key, value) in [
      ("coord_xy", terms.center), ("coord_wh", terms.size), ("obj", terms.object),
      ("noobj", terms.noObject), ("cls", terms.classes), ("total", terms.total),
    ] {
      expect([value], try expected.member(key).numbers, tolerance: 1e-6)
    }
    let responsible = try expected.member("responsible")
    for (key, member) in [(0, "0"), (3, "3")] {
      let pair = try responsible.member(member).numbers
      let actual = try #require(terms.responsible[key])
      #expect(Double(actual.box) == pair[0])
      expect([actual.overlap], [pair[1]], tolerance: 1e-6)
    }
  }

  /// Vector `v2`.
  @Test func yolov2() throws {
    let vector = try vectors.member("v2")
    let side = try #require(vector["S"]?.intValue)
    let anchor = try vector.member("anchor_cells").numbers
    let cell = try vector.member("cell").integers
    let classes = try vector.member("cls_logits").floats
    let decoder = RegionDecoder(
      columns: side, rows: side, inputSize: Size(width: 1, height: 1),
      anchors: [Anchor(width: anchor[0], height: anchor[1])], classCount: 3)
    let values = try vector.member("t").floats + vector.member("obj_logit").floats + classes
    let tensor = map(values, cell: (cell[0], cell[1]), columns: side, rows: side, fill: -20)
    let candidates = decoder.candidates([tensor], scoreThreshold: 1e-3)
    #expect(candidates.boxes.count == 1)
    expect(centered(candidates.boxes[0]), try vector.member("xywh_rel").numbers, tolerance: 1e-6)
    let objectness = try #require(vector["obj"]?.doubleValue)
    expect(
      candidates.entries.map { Double($0.score) },
      try vector.member("cls_softmax").numbers.map { $0 * objectness }, tolerance: 1e-6)
  }

  /// Vector `v3`.
  @Test func yolov3() throws {
    let vector = try vectors.member("v3")
    let decoder = try anchorDecoder(vector, grid: 13, net: 416)
    let cell = try vector.member("cell").integers
    let values =
      try vector.member("t").floats + vector.member("obj_logit").floats
      + vector.member("cls_logits").floats
    let tensor = map(values, cell: (cell[0], cell[1]), columns: 13, rows: 13, fill: -20)
    let candidates = decoder.candidates([tensor], scoreThreshold: 1e-3)
    #expect(candidates.boxes.count == 1)
    expect(centered(candidates.boxes[0]), try vector.member("xywh_net_px").numbers)
    expect(
      candidates.entries.map { Double($0.score) }, try vector.member("score").numbers,
      tolerance: 1e-6)
  }

  private func anchorDecoder(
    _ vector: JSONValue, grid: Int, net: Int
  ) throws -> AnchorGridDecoder {
    let anchor = try vector.member("anchor_px").numbers
    return AnchorGridDecoder(
      columns: grid, rows: grid, inputSize: Size(width: net, height: net),
      anchors: [Anchor(width: anchor[0], height: anchor[1])], classCount: 3)
  }

  /// Vector `v5_v7`.
  @Test func yolov5() throws {
    let vector = try vectors.member("v5_v7")
    let stride = try #require(vector["stride"]?.intValue)
    var decoder = try anchorDecoder(vector, grid: 13, net: 13 * stride)
    decoder.scaleXY = 2
    decoder.sizeRule = .squared
    let t = try vector.member("t").floats
    let cell = try vector.member("cell").integers
    let box = decoder.box(
      t[0], t[1], t[2], t[3], column: cell[0], row: cell[1], anchor: decoder.anchors[0])
    expect(centered(box), try vector.member("xywh_net_px").numbers)
  }

  /// Vector `yolox`.
  @Test func yolox() throws {
    let vector = try vectors.member("yolox")
    let stride = try #require(vector["stride"]?.intValue)
    let grid = GridLevel(strideInPixels: stride, columns: 8, rows: 5)
    let decoder = YOLOXDecoder(levels: [grid], classCount: 2, isActivated: false)
    let cell = try vector.member("cell").integers
    let values =
      try vector.member("t").floats + vector.member("obj_logit").floats
      + vector.member("cls_logits").floats
    var tensor = [Float](repeating: -20, count: 7 * grid.cellCount)
    let first = (cell[1] * grid.columns + cell[0]) * 7
    tensor.replaceSubrange(first..<(first + 7), with: values)
    let candidates = decoder.candidates([tensor], scoreThreshold: 1e-3)
    #expect(candidates.boxes.count == 1)
    expect(centered(candidates.boxes[0]), try vector.member("xywh").numbers)
    expect(
      candidates.entries.map { Double($0.score) }, try vector.member("score").numbers,
      tolerance: 1e-6)
  }

  /// Vector `v8`: distances, box, loss.
  @Test func yolov8() throws {
    let vector = try vectors.member("v8")
    let bins = try #require(vector["reg_max"]?.intValue)
    let stride = try #require(vector["stride"]?.intValue)
    let logits = try vector.member("mu").numbers.map { mu in
      (0..<bins).map { Float(-(Double($0) - mu) * (Double($0) - mu) / 2) }
    }
    let expectedBin = { (values: [Float]) in
      values.withUnsafeBufferPointer {
        DistributionGridDecoder.expectedBin($0.baseAddress!, count: $0.count, stride: 1)
      }
    }
    expect(logits.map(expectedBin), try vector.member("dist").numbers, tolerance: 1e-6)
    expect(
      [expectedBin([Float](repeating: 0.5, count: bins))],
      try vector.member("uniform_logits_dist").numbers)
    var peaked = [Float](repeating: 0, count: bins)
    peaked[3] = 10
    expect([expectedBin(peaked)], try vector.member("one_hot_like").member("dist").numbers)

    let cell = try vector.member("cell").integers
    let grid = GridLevel(strideInPixels: stride, columns: 8, rows: 6)
    let decoder = DistributionGridDecoder(
      levels: [
        .init(
          grid: grid,
          classes: .init(
            tensor: 0, offset: 4 * bins * grid.cellCount, channelStride: grid.cellCount,
            cellStride: 1),
          distances: .init(
            tensor: 0, offset: 0, channelStride: grid.cellCount, cellStride: 1))
      ], classCount: 1, binCount: bins, isActivated: false,
      elementCounts: [(4 * bins + 1) * grid.cellCount])
    let tensor = map(
      logits.flatMap { $0 } + [1], cell: (cell[0], cell[1]), columns: 8, rows: 6, fill: -20)
    let candidates = decoder.candidates([tensor], scoreThreshold: 0.5)
    #expect(candidates.boxes.count == 1)
    expect(corners(candidates.boxes[0]), try vector.member("xyxy").numbers)
    #expect(abs(candidates.entries[0].score - 0.7310586) < 1e-6)

    let loss = try vector.member("dfl_loss")
    expect(
      [
        DistributionFocalLoss.value(
          logits: logits[1], target: try #require(loss["target"]?.doubleValue))
      ], try loss.member("loss").numbers, tolerance: 1e-6)
  }

  /// Vector `num_boxes`.
  @Test func boxCounts() throws {
    let counts = try vectors.member("num_boxes")
    let input416 = Size(width: 416, height: 416)
    let input640 = Size(width: 640, height: 640)
    #expect(counts["v1"]?.intValue == 7 * 7 * 2)
    #expect(
      counts["v2_416"]?.intValue
        == GridLevel(strideInPixels: 32, inputSize: input416).cellCount * 5)
    #expect(
      counts["v3_416"]?.intValue
        == GridLevel.levels(strides: [8, 16, 32], inputSize: input416).cellCount * 3)
    let cells = GridLevel.levels(strides: [8, 16, 32], inputSize: input640).cellCount
    #expect(counts["v8_640"]?.intValue == cells)
    #expect(counts["yolox_640"]?.intValue == cells)
  }
}
