import Detectors
import Geometry
import Imaging
import Neural
import StrictJSON
import TestSupport
import Testing

/// The cascade's steps against `Fixtures/spec/05_mtcnn.json`.
@Suite struct CascadeVectorTests {
  private let vectors: JSONValue

  init() throws { vectors = try SpecVectors("05_mtcnn.json").root }

  private func box(_ numbers: [Double]) -> Box {
    Box(minX: numbers[0], minY: numbers[1], maxX: numbers[2], maxY: numbers[3])
  }

  private func expect(
    _ actual: [Box], _ expected: [[Double]], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let corners = actual.map { [$0.minX, $0.minY, $0.maxX, $0.maxY] }
    #expect(corners.count == expected.count, sourceLocation: sourceLocation)
    for (a, b) in zip(corners.joined(), expected.map({ $0.prefix(4) }).joined()) {
      #expect(abs(a - b) <= 1e-9, "\(corners) != \(expected)", sourceLocation: sourceLocation)
    }
  }

  /// Vectors `generate`, `stage1_regressed`, `squared`, `fixed`: one chain.
  @Test func proposals() throws {
    let vector = try vectors.member("generate")
    let probabilities = try #require(vector.member("prob").arrayValue).map(\.numbers)
    let regressions = try vector.member("reg").numbers
    let scale = try #require(vector.member("scale").doubleValue)
    let threshold = try #require(vector.member("thr").doubleValue)
    let (rows, columns) = (probabilities.count, probabilities[0].count)
    var boxes: [Box] = []
    var scores: [Double] = []
    var moves: [SIMD4<Double>] = []
    for row in 0..<rows {
      for column in 0..<columns where probabilities[row][column] >= threshold {
        boxes.append(Box(cascadeCell: column, row: row, scale: scale))
        scores.append(probabilities[row][column])
        let cell = row * columns + column
        moves.append(SIMD4((0..<4).map { regressions[$0 * rows * columns + cell] }))
      }
    }
    let expected = try #require(vector.member("boxes_x1y1x2y2_score_reg").arrayValue)
      .map(\.numbers)
    expect(boxes, expected)
    #expect(scores == expected.map { $0[4] })
    #expect(moves.map { move in (0..<4).map { move[$0] } } == expected.map { Array($0[5...]) })
    let plus = CascadeConventions(.mtcnnONNX).proposalRegressionPlus
    let regressed = zip(boxes, moves).map { $0.regressed(by: $1, plus: plus) }
    expect(regressed, try #require(vectors.member("stage1_regressed").arrayValue).map(\.numbers))
    let squares = regressed.map(\.squared)
    expect(squares, try #require(vectors.member("squared").arrayValue).map(\.numbers))
    let fixed = try #require(vectors.member("fixed").arrayValue).map(\.numbers)
    expect(squares.map(\.truncated), fixed)
  }

  /// Vector `generate.ipazc_v1`: untruncated cells, regressed before suppression; the one box below
  /// its threshold is left out there.
  @Test func proposalsRegressedFirst() throws {
    let vector = try vectors.member("generate")
    let probabilities = try #require(vector.member("prob").arrayValue).map(\.numbers)
    let moves = try vector.member("reg").numbers
    let scale = try #require(vector.member("scale").doubleValue)
    let expected = try #require(vector.member("ipazc_v1").arrayValue).map(\.numbers)
    let (rows, columns) = (probabilities.count, probabilities[0].count)
    var boxes: [Box] = []
    for row in 0..<rows {
      for column in 0..<columns where probabilities[row][column] > 0.6 {
        let cell = row * columns + column
        let box = Box(cascadeCell: column, row: row, scale: scale, keepsFractions: true)
        boxes.append(
          box.regressed(by: SIMD4((0..<4).map { moves[$0 * rows * columns + cell] }), plus: 0))
      }
    }
    #expect(boxes.count == expected.count)
    for (actual, numbers) in zip(boxes, expected) {
      let corners = [actual.minX, actual.minY, actual.maxX, actual.maxY]
      for (a, b) in zip(corners, numbers) { #expect(abs(a - b) < 1e-7, "\(corners)") }
    }
  }

  /// Vector `wider_face_paper_setting`.
  @Test func paperSetting() throws {
    let vector = try vectors.member("wider_face_paper_setting")
    let ladder = try ScaleLadder(
      minFaceSize: try #require(vector.member("min_face").doubleValue),
      factor: try #require(vector.member("factor").doubleValue))
    let options = try CascadeOptions(
      ladder: ladder, thresholds: vector.member("thresholds").numbers)
    let detector = try CascadeDetector(weights: .builtIn(), options: options)
    let size = Size(width: 40, height: 30)
    // 12 / 10 * 0.79^k keeps the shorter side at 12 pixels or more for five steps.
    #expect(ladder.scales(for: size).count == 5)
    let image = Image(
      size: size, samples: [UInt8](repeating: 0, count: size.width * size.height * 3))
    #expect(try detector.detect(image).detections.isEmpty)
  }

  @Test func boxRegression() throws {
    let vector = try vectors.member("bbreg")
    let start = box(try vector.member("box").numbers)
    let move = SIMD4(try vector.member("reg").numbers)
    let plus = CascadeConventions(.mtcnnONNX).regressionPlus
    expect([start.regressed(by: move, plus: plus)], [try vector.member("out").numbers])
    expect([start.regressed(by: move, plus: 0)], [try vector.member("without_plus1").numbers])
  }

  @Test func cropPlacement() throws {
    for vector in try #require(vectors.member("pad").arrayValue) {
      let size = try vector.member("img_wh").integers
      let placement = try #require(
        CropPlacement(
          box(try vector.member("box").numbers), in: Size(width: size[0], height: size[1])))
      let (x, y) = (placement.x, placement.y)
      let actual = [
        "dy": y.canvasFirst, "edy": y.canvasLast, "dx": x.canvasFirst, "edx": x.canvasLast,
        "y": y.sourceFirst, "ey": y.sourceLast, "x": x.sourceFirst, "ex": x.sourceLast,
        "tmpw": x.canvasCount, "tmph": y.canvasCount,
      ]
      for (key, value) in actual {
        #expect(try vector.member("out").member(key).intValue == value, "\(key) of \(vector)")
      }
      #expect(try vector.member("empty").boolValue == placement.isEmpty, "\(vector)")
    }
  }

  private func kept(
    _ boxes: JSONValue, _ scores: JSONValue, threshold: Double, plus: Double,
    measure: OverlapMeasure = .intersectionOverUnion, removedBoxesSuppress: Bool = false
  ) throws -> [Int] {
    var candidates = Candidates()
    for (numbers, score) in zip(try #require(boxes.arrayValue).map(\.numbers), scores.floats) {
      candidates.append(boxIndex: candidates.addBox(box(numbers)), classID: 0, score: score)
    }
    var suppression = Suppression(overlapThreshold: threshold, measure: measure, plus: plus)
    suppression.removedBoxesSuppress = removedBoxesSuppress
    return suppression.keptIndices(candidates)
  }

  @Test func suppression() throws {
    let vector = try vectors.member("nms")
    let plus = try vector.member("plus_one_matters")
    for count in [0, 1] {
      let indices = try kept(
        plus.member("boxes"), plus.member("scores"),
        threshold: try #require(plus.member("thr").doubleValue), plus: Double(count))
      #expect(try indices == plus.member("plus\(count)_keep").integers)
    }
    for example in try #require(vector.member("cases").arrayValue) {
      let indices = try kept(
        vector.member("boxes"), vector.member("scores"),
        threshold: try #require(example.member("thr").doubleValue),
        plus: try #require(example.member("plus").doubleValue),
        measure: try example.member("mode").stringValue == "min"
          ? .intersectionOverMinimum : .intersectionOverUnion)
      #expect(try indices == example.member("keep").integers, "\(example)")
    }
    let chain = try vectors.member("nms_chain")
    let indices = try kept(
      chain.member("boxes"), chain.member("scores"),
      threshold: try #require(chain.member("thr").doubleValue), plus: 0)
    #expect(try indices == chain.member("greedy").integers)
    let triangular = try kept(
      chain.member("boxes"), chain.member("scores"),
      threshold: try #require(chain.member("thr").doubleValue), plus: 0,
      removedBoxesSuppress: true)
    #expect(try triangular == chain.member("triu").integers)
  }

  @Test func landmarks() throws {
    let vector = try vectors.member("landmarks")
    let points = box(try vector.member("box").numbers).landmarks(
      try vector.member("points_rel").floats, plus: 1)
    for (actual, expected) in zip(
      points.flatMap { [$0.x, $0.y] }, try vector.member("xy").numbers)
    {
      #expect(abs(actual - expected) <= 1e-5)
    }
    #expect(points.count == 5)
    let average = try vector.member("flip_avg")
    let mirrored = try average.member("mirror_output").floats
    let relative = try vector.member("points_rel").floats
    let results = [
      ("unmirrored", CascadeLandmarks.unmirrored(mirrored)),
      ("mean", CascadeLandmarks.mean(relative, mirrored: mirrored)),
    ]
    for (key, values) in results {
      let expected = try average.member(key).floats
      #expect(values.count == expected.count)
      for (a, b) in zip(values, expected) { #expect(abs(a - b) < 1e-6, "\(key)") }
    }
  }

  /// Vectors `shapes`, `pnet_out_size` and `params`.
  @Test func networks() throws {
    let weights = try CascadeWeights.builtIn()
    let names = ["p": "PNet", "r": "RNet", "o": "ONet"]
    for network in CascadeNetwork.allCases {
      let name = try #require(names[network.rawValue])
      let count = weights.parameterCount(prefix: network.rawValue + ".")
      #expect(try vectors.member("params").member(name).intValue == count)
      let side = network.inputSide
      let graph = try network.graph(
        weights: weights, batch: 1, size: Size(width: side, height: side))
      let sides = graph.graph.nodes
        .filter { ["Conv", "MaxPool"].contains($0.operation.name) && $0.name != "heads" }
        .map { graph.type(of: $0.outputs[0]).shape[2] }
      let trace = try #require(vectors.member("shapes").member("\(name)@\(side)").arrayValue)
      var expected = trace.flatMap(\.numbers).map { Int($0) }
      #expect(expected.removeFirst() == side)
      // The trace of P-Net ends with its heads.
      #expect(sides == (network == .proposal ? expected.dropLast() : expected))
    }
    for member in try #require(vectors.member("pnet_out_size").objectValue).members {
      let (side, cells) = (try #require(Int(member.key)), member.value)
      #expect(LevelTiles.cellCount(side) == cells.intValue)
      let graph = try CascadeNetwork.proposal.graph(
        weights: weights, batch: 1, size: Size(width: side, height: side))
      #expect(graph.type(of: graph.graph.outputs[0].value).shape[3] == cells.intValue)
    }
  }

  @Test func rectifier() throws {
    let vector = try vectors.member("prelu")
    let x = try vector.member("x").floats
    let result = try PRelu().evaluate([
      Tensor(x, shape: [x.count]), Tensor(vector.member("alpha").floats, shape: [1]),
    ])
    #expect(try result[0].floats() == vector.member("y").floats)
  }

  @Test func defaults() throws {
    let vector = try vectors.member("defaults")
    let ladder = try ScaleLadder()
    #expect(try vector.member("min_face").doubleValue == ladder.minFaceSize)
    #expect(try vector.member("factor").doubleValue == ladder.factor)
    #expect(try vector.member("thresholds").numbers == CascadeOptions.defaultThresholds)
    for preset in CascadeConventions.Preset.allCases {
      let conventions = CascadeConventions(preset)
      let overlaps = try vector.member("nms")
      #expect(try overlaps.member("pnet_scale").doubleValue == conventions.levelOverlap)
      #expect(try overlaps.member("pnet_all").doubleValue == conventions.proposalOverlap)
      #expect(try overlaps.member("rnet").doubleValue == conventions.refinementOverlap)
      #expect(try overlaps.member("onet_min").doubleValue == conventions.outputOverlap)
    }
  }
}
