import Detectors
import Geometry
import Imaging
import ModelFormats
import Neural
import Testing

/// Whole detectors around networks of one convolution per output, whose maps are constant.
@Suite struct HeatmapDetectorTests {
  /// - Parameter outputs: Name and channels' values of each output, with a sigmoid after the first.
  private func model(
    _ outputs: [(String, [Float])], stride: Int = 4, dimensions: [Graph.Dimension]? = nil
  ) throws -> Model {
    var graph = Graph()
    let input = graph.addInput(
      name: "in", elementType: .float32,
      dimensions: dimensions ?? [.fixed(10), .fixed(3), .fixed(32), .fixed(32)])
    for (index, (name, channels)) in outputs.enumerated() {
      let weights = graph.addConstant(
        try Tensor(zeros: .float32, shape: [channels.count, 3, stride, stride]), name: "w" + name)
      let bias = graph.addConstant(try Tensor(channels, shape: [channels.count]), name: "b" + name)
      var output = graph.append(
        Convolution(
          strides: [stride, stride], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0]),
        name: "head" + name, inputs: [input, weights, bias])
      if index == 0 {
        output = graph.append(Activation(function: .sigmoid), name: "s" + name, inputs: [output])
      }
      graph.addOutput(output, name: name)
    }
    return Model(format: .onnx, graph: graph)
  }

  private func picture(_ width: Int, _ height: Int) -> Image {
    Image(
      size: Size(width: width, height: height),
      samples: [UInt8](repeating: 99, count: width * height * 3))
  }

  /// Boxes of e^-1 x e^0 cells, landmarks at the corner.
  private var faces: [(String, [Float])] {
    [
      ("heat", [2]), ("scale", [0, -1]), ("offset", [0, 0]),
      ("lm", [Float](repeating: 0, count: 10)),
    ]
  }

  @Test func centerFaceFollowsThePicturesSize() throws {
    let detector = try DetectorLoader.load(model(faces))
    #expect(detector.summary.family == "centerface")
    #expect(detector.summary.classNames == ["face"])
    #expect(detector.summary.maxDetections == nil)
    let found = try detector.detect(picture(70, 30)).detections
    #expect(detector.summary.inputSize == Size(width: 96, height: 32))
    // 24 x 8 cells, none of which overlaps its neighbour by 0.3.
    #expect(found.count == 192)
    #expect(found.allSatisfy { $0.landmarks.count == 5 && $0.box.maxX <= 70 })
    let first = try #require(found.first)
    #expect(abs(first.score - 0.880797) < 1e-5)
    // Stretched from 70 x 30 to 96 x 32.
    #expect(abs((first.box.minX + first.box.maxX) / 2 - 2 * 70 / 96) < 1e-5)
    #expect(abs(first.box.height - 4 * 30 / 32) < 1e-5)
    _ = try detector.detect(picture(1, 1))
    #expect(detector.summary.inputSize == Size(width: 32, height: 32))
    #expect(try detector.detect(picture(70, 30)).detections == found)
  }

  @Test func inputSizeCanBeFixed() throws {
    var options = DetectorOptions()
    options.inputSize = Size(width: 60, height: 33)
    let detector = try DetectorLoader.load(model(faces), options: options)
    #expect(detector.summary.inputSize == Size(width: 64, height: 64))
    #expect(try detector.detect(picture(500, 11)).detections.count <= 256)
    #expect(detector.summary.inputSize == Size(width: 64, height: 64))
    options.inputSize = Size(width: 1 << 40, height: 32)
    #expect(throws: DetectorError.self) { try DetectorLoader.load(model(faces), options: options) }
  }

  @Test func centerNetIsRecognised() throws {
    let maps: [(String, [Float])] = [("hm", [0, 1, -9]), ("wh", [2, 3]), ("reg", [0.5, 0.5])]
    let open: [Graph.Dimension] = [.symbolic("n"), .fixed(3), .symbolic("h"), .symbolic("w")]
    var options = DetectorOptions()
    options.inputSize = Size(width: 64, height: 32)
    let detector = try DetectorLoader.load(model(maps, dimensions: open), options: options)
    #expect(detector.summary.family == "centernet")
    #expect(detector.summary.classNames == ["0", "1", "2"])
    let found = try detector.detect(picture(64, 32)).detections
    // A plateau: every cell is a peak; the 100 surest of all, 128 of them of class 1.
    #expect(found.count == 100)
    #expect(found.allSatisfy { $0.classID == 1 })
    let first = try #require(found.first)
    #expect(first.box == Box(minX: 0, minY: 0, maxX: 6, maxY: 8))
    options.maxDetections = 0
    options.classFilter = ["0"]
    let all = try DetectorLoader.load(model(maps, dimensions: open), options: options)
    #expect(try all.detect(picture(64, 32)).detections.count == 128)
    options.averagesMirrored = true
    let averaged = try DetectorLoader.load(model(maps, dimensions: open), options: options)
    #expect(
      try averaged.detect(picture(64, 32)).detections == all.detect(picture(64, 32)).detections)
  }

  @Test func textMapsBecomeLines() throws {
    let detector = try DetectorLoader.load(
      model(
        [("sigmoid_0.tmp_0", [2])], stride: 1,
        dimensions: [.symbolic("n"), .fixed(3), .symbolic("h"), .symbolic("w")]))
    #expect(detector.summary.family == "db-text")
    let found = try detector.detect(picture(800, 760)).detections
    #expect(detector.summary.inputSize == Size(width: 800, height: 768))
    // The whole map is one region.
    let line = try #require(found.first)
    #expect(found.count == 1)
    #expect(line.polygon.count == 4)
    #expect(line.box == Box(minX: 0, minY: 0, maxX: 800, maxY: 760))
  }

  /// Whatever its name, a sigmoid of a transposed convolution; another map of one channel is none.
  @Test func textMapsAreKnownByTheirHead() throws {
    for isTransposed in [true, false] {
      var graph = Graph()
      let input = graph.addInput(
        name: "x", elementType: .float32,
        dimensions: [.symbolic("n"), .fixed(3), .symbolic("h"), .symbolic("w")])
      let weights = graph.addConstant(
        try Tensor(zeros: .float32, shape: [isTransposed ? 3 : 1, isTransposed ? 1 : 3, 1, 1]),
        name: "w")
      let bias = graph.addConstant(try Tensor([2] as [Float], shape: [1]), name: "b")
      let operation: any Operator =
        isTransposed
        ? ConvolutionTranspose(
          strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0],
          outputPadding: [0, 0])
        : Convolution(strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0])
      let map = graph.append(operation, name: "map", inputs: [input, weights, bias])
      graph.addOutput(
        graph.append(Activation(function: .sigmoid), name: "s", inputs: [map]),
        name: "fetch_name_0")
      let model = Model(format: .onnx, graph: graph)
      if isTransposed {
        #expect(try DetectorLoader.load(model).summary.family == "db-text")
      } else {
        #expect(throws: DetectorError.self) { try DetectorLoader.load(model) }
      }
    }
  }

  @Test func heatmapsCanBeSeen() throws {
    let detector = try DetectorLoader.load(model(faces))
    let source = try #require(detector as? any HeatmapSource)
    #expect(source.scoreMap == nil)
    _ = try detector.detect(picture(64, 32))
    let map = try #require(source.scoreMap)
    #expect(map.columns == 16 && map.rows == 8)
    #expect(map.values.allSatisfy { abs($0 - 0.880797) < 1e-5 })
    #expect(map.map.scaleX == 0.25)
    let overlay = picture(64, 32).overlaying(
      scores: map.values, columns: 16, rows: 8, through: map.map)
    #expect(overlay.size == Size(width: 64, height: 32))
    // A high score is red.
    #expect(overlay.samples[0] > overlay.samples[2])
  }

  @Test func otherMapsAreRefused() throws {
    var options = DetectorOptions()
    options.heatmapFamily = .dbText
    #expect(throws: DetectorError.self) { try DetectorLoader.load(model(faces), options: options) }
    let nan: [(String, [Float])] = [("heat", [.nan])] + faces.dropFirst()
    let detector = try DetectorLoader.load(model(nan))
    #expect(throws: DetectorError.nonFiniteOutput(name: "heat", index: 0)) {
      try detector.detect(picture(32, 32))
    }
  }
}
