import Detectors
import Geometry
import Neural
import TestSupport
import Testing

/// Lists of boxes in the forms in which networks give them.
@Suite struct BoxListDecoderTests {
  private func decode(
    _ layout: BoxListLayout, _ outputs: [Tensor], classes: Int = 3, threshold: Float = 0.25
  ) throws -> [(box: Box, classID: Int, score: Float)] {
    let decoder = BoxListDecoder(
      layout: layout, inputSize: Size(width: 200, height: 100), classCount: classes,
      outputNames: outputs.indices.map { "output\($0)" })
    let candidates = try decoder.candidates(outputs, scoreThreshold: threshold)
    return candidates.entries.map {
      (candidates.boxes[Int($0.boxIndex)], Int($0.classID), $0.score)
    }
  }

  @Test func logitsAreSoftenedOrSquashed() throws {
    let boxes = try Tensor([0.5, 0.5, 0.5, 0.5, 0.25, 0.5, 0.1, 0.2] as [Float], shape: [1, 2, 4])
    // The second query's best is "no object".
    let logits = try Tensor([0, 2, 0, 0, 0, 0, 1, 9] as [Float], shape: [1, 2, 4])
    let soft = try decode(.queries(scores: 0, boxes: 1, .softmaxWithNoObject), [logits, boxes])
    #expect(soft.map(\.classID) == [1])
    #expect(soft[0].box == Box(minX: 50, minY: 25, maxX: 150, maxY: 75))
    expectClose([soft[0].score], [Float(0.7112346)], absolute: 1e-6)
    let squashed = try decode(
      .queries(scores: 0, boxes: 1, .sigmoid), [logits, boxes], classes: 4, threshold: 0.7)
    #expect(squashed.map(\.classID) == [1, 2, 3])
    expectClose(squashed.map(\.score), [0.8807971, 0.7310586, 0.9998766], absolute: 1e-6)
  }

  @Test func noClassesGiveNoBoxes() throws {
    let none = try Tensor([Float](), shape: [1, 0, 0])
    let boxes = try Tensor([Float](), shape: [1, 0, 4])
    let found = try decode(.queries(scores: 0, boxes: 1, .sigmoid), [none, boxes], classes: 0)
    #expect(found.isEmpty)
  }

  @Test func scoresJoinedToBoxes() throws {
    let rows = try Tensor([0.5, 0.5, 1, 1, 0.1, 0.9, 0.3] as [Float], shape: [1, 1, 7])
    let found = try decode(.joinedQueries(output: 0), [rows])
    #expect(found.map(\.classID) == [1, 2])
    #expect(found.map(\.score) == [0.9, 0.3])
    #expect(found[0].box == Box(minX: 0, minY: 0, maxX: 200, maxY: 100))
  }

  @Test func rowsOfCentres() throws {
    let rows = try Tensor([0.5, 0.5, 0.5, 1, 0.75, 2] as [Float], shape: [1, 1, 6])
    let found = try decode(.rows(output: 0, .centresScoreLabel), [rows])
    #expect(found.map(\.classID) == [2])
    #expect(found.map(\.box) == [Box(minX: 50, minY: 0, maxX: 150, maxY: 100)])
  }

  /// Centre and four corners: the box around them.
  @Test func quadrilaterals() throws {
    let corners: [Float] = [0.5, 0.5, 0.25, 0.5, 0.5, 0.25, 0.625, 0.5, 0.5, 0.75]
    let boxes = try Tensor(corners, shape: [1, 1, 10])
    let logits = try Tensor([9, -9, -9] as [Float], shape: [1, 1, 3])
    let found = try decode(.queries(scores: 0, boxes: 1, .sigmoid), [logits, boxes])
    #expect(found.map(\.box) == [Box(minX: 50, minY: 25, maxX: 125, maxY: 75)])
    let short = try Tensor([Float](repeating: 0, count: 6), shape: [1, 1, 6])
    #expect(throws: DetectorError.self) {
      try decode(.queries(scores: 0, boxes: 1, .sigmoid), [logits, short])
    }
  }

  @Test func rowsInEveryOrder() throws {
    let box = Box(minX: 1, minY: 2, maxX: 3, maxY: 4)
    let cases: [(BoxListLayout.Columns, [Float])] = [
      (.cornersScoreLabel, [1, 2, 3, 4, 0.5, 2]), (.labelScoreCorners, [2, 0.5, 1, 2, 3, 4]),
      (.pictureCornersLabelScore, [0, 1, 2, 3, 4, 2, 0.5]),
    ]
    for (columns, row) in cases {
      let found = try decode(
        .rows(output: 0, columns), [try Tensor(row, shape: [1, row.count])])
      #expect(found.map(\.classID) == [2])
      #expect(found.map(\.box) == [box])
      #expect(found.map(\.score) == [0.5])
    }
    let none = try Tensor(zeros: .float32, shape: [0, 6])
    #expect(try decode(.rows(output: 0, .cornersScoreLabel), [none]).isEmpty)
  }

  @Test func listsWithPaddingAndCounts() throws {
    let boxes = try Tensor(
      [0.1, 0.2, 0.5, 0.6, 0, 0, 1, 1, 0, 0, 0.5, 0.5] as [Float], shape: [1, 3, 4])
    let scores = try Tensor([0.9, 0.8, 0.7] as [Float], shape: [1, 3])
    let labels = try Tensor([1, -1, 2], shape: [1, 3])
    let count = try Tensor([2], shape: [1, 1])
    let form = BoxListLayout.BoxForm(isNormalized: true, isYFirst: true)
    let all = try decode(
      .lists(boxes: 0, scores: 1, labels: 2, count: nil, form), [boxes, scores, labels])
    #expect(all.map(\.classID) == [1, 2])
    expectClose(
      [all[0].box.minX, all[0].box.minY, all[0].box.maxX, all[0].box.maxY], [40, 10, 120, 50],
      absolute: 1e-4)
    let two = try decode(
      .lists(boxes: 0, scores: 1, labels: 2, count: 3, form), [boxes, scores, labels, count])
    #expect(two.map(\.classID) == [1])
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let boxes = try Tensor([0, 0, 1, 1] as [Float], shape: [1, 4])
    let score = try Tensor([0.9] as [Float], shape: [1])
    let layout = BoxListLayout.lists(boxes: 0, scores: 1, labels: 2, count: nil, .init())
    #expect(throws: DetectorError.unnamedClass(7, count: 3)) {
      try decode(layout, [boxes, score, try Tensor([7], shape: [1])])
    }
    #expect(throws: DetectorError.self) {
      try decode(layout, [boxes, score, try Tensor([1, 2], shape: [2])])
    }
    #expect(throws: DetectorError.nonFiniteOutput(name: "output1", index: 0)) {
      try decode(
        layout, [boxes, try Tensor([Float.nan], shape: [1]), try Tensor([1], shape: [1])])
    }
  }

  private func family(
    inputs: [String] = ["images"], _ outputs: [(String, [Int]?)], samples: Bool = false,
    selects: Bool = false, dependsOnData: Bool = false,
    head: QueryHead = QueryHead(boxOrigin: .direct)
  ) throws -> EndToEndFamily? {
    try EndToEndRecognition(
      inputs: inputs.map { .init($0, nil) }, outputs: outputs.map { .init($0.0, $0.1) },
      hasGridSample: samples, hasTopK: selects, dependsOnData: dependsOnData, queryHead: head
    ).plan(nil)?.0
  }

  @Test func familiesByNamesAndShapes() throws {
    let lists: [(String, [Int]?)] = [("labels", nil), ("boxes", nil), ("scores", nil)]
    #expect(try family(inputs: ["images", "orig_target_sizes"], lists) == .rtdetr)
    #expect(try family(lists) == .torchvision)
    let queries: [(String, [Int]?)] = [("logits", [1, 100, 92]), ("pred_boxes", [1, 100, 4])]
    #expect(try family(queries) == .detr)
    #expect(try family(queries, samples: true) == .deformableDETR)
    #expect(try family(queries, samples: true, selects: true) == .rtdetr)
    #expect(
      try family([("dets", [1, 300, 4]), ("labels", [1, 300, 91])], samples: true) == .rfdetr)
    #expect(try family([("dets", [1, -1, 5]), ("labels", [1, -1])]) == .mmdetection)
    #expect(try family([("output0", [1, 300, 84])], samples: true, selects: true) == .rtdetr)
    #expect(try family([("output", [-1, 7])], dependsOnData: true) == .yoloNMS)
    #expect(try family([("output0", [1, 84, 8400])], dependsOnData: true) == nil)
    #expect(try family(inputs: ["image", "scale_factor"], [("rows", [-1, 6])]) == .paddle)
  }

  @Test func selectedRowsAreNoScoresOfTwoClasses() throws {
    for (selects, layout) in [
      (true, BoxListLayout.rows(output: 0, .centresScoreLabel)),
      (false, .joinedQueries(output: 0)),
    ] {
      let recognition = EndToEndRecognition(
        inputs: [.init("images", nil)], outputs: [.init("output0", [1, 300, 6])],
        hasGridSample: true, hasTopK: true, dependsOnData: false,
        queryHead: QueryHead(boxOrigin: .unknown, selectsRows: selects))
      let plan = try #require(try recognition.plan(nil))
      #expect(plan.0 == .rtdetr)
      #expect(plan.1 == layout)
    }
  }

  @Test func readingsOfQueries() throws {
    let queries: [(String, [Int]?)] = [("logits", [1, 100, 92]), ("pred_boxes", [1, 100, 4])]
    let reference = QueryHead(boxOrigin: .reference)
    #expect(try family(queries, head: reference) == .deformableDETR)
    #expect(try family(queries, selects: true, head: reference) == .rtdetr)
    let twoStage = QueryHead(boxOrigin: .reference, samplesBeforeSelection: true)
    #expect(try family(queries, samples: true, selects: true, head: twoStage) == .deformableDETR)
    let patches = QueryHead(boxOrigin: .unknown, hasPatchEmbedding: true)
    #expect(try family(queries, samples: true, selects: true, head: patches) == .rfdetr)
    #expect(
      throws: DetectorError.ambiguousList(
        [.detr, .deformableDETR, .rtdetr, .rfdetr], outputs: "logits, pred_boxes")
    ) {
      try family(queries, head: QueryHead(boxOrigin: .unknown))
    }
  }
}
