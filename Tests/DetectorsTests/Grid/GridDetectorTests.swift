import Detectors
import Geometry
import Imaging
import ModelFormats
import Neural
import Testing

/// A whole detector around a network of one convolution that gives the same map for any picture:
/// FastestDet's six channels on a 4 x 4 grid of stride 16.
@Suite struct GridDetectorTests {
  /// - Parameter channels: Objectness, x, y, width, height, class 0, class 1, ….
  private func model(
    _ channels: [Float], dimensions: [Graph.Dimension]? = nil, metadata: [String: String] = [:]
  ) throws -> Model {
    var graph = Graph()
    let input = graph.addInput(
      name: "in", elementType: .float32,
      dimensions: dimensions ?? [.fixed(1), .fixed(3), .fixed(64), .fixed(64)])
    let weights = graph.addConstant(
      try Tensor(zeros: .float32, shape: [channels.count, 3, 16, 16]), name: "w")
    let bias = graph.addConstant(try Tensor(channels, shape: [channels.count]), name: "b")
    let output = graph.append(
      Convolution(strides: [16, 16], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0]),
      name: "head", inputs: [input, weights, bias])
    graph.addOutput(output, name: "out")
    var model = Model(format: .onnx, graph: graph)
    model.metadata = metadata
    return model
  }

  private let picture = Image(
    size: Size(width: 128, height: 64), samples: [UInt8](repeating: 99, count: 128 * 64 * 3))
  private let steady: [Float] = [0.5, 0, 0, -10, -10, 0.5, 0.25]

  /// 16 cells, boxes of next to no size at the cells' corners, two classes each.
  @Test func detectsEveryCellAndClass() throws {
    let detector = try DetectorLoader.load(model(steady))
    #expect(detector.summary.family == GridFamily.fastestdet.rawValue)
    #expect(detector.summary.classNames == ["0", "1"])
    #expect(detector.summary.inputSize == Size(width: 64, height: 64))
    #expect(detector.summary.maxDetections == 300)
    let result = try detector.detect(picture)
    // The first column and row lie half outside; all stay, clipped.
    #expect(result.detections.count == 32)
    #expect(result.detections.prefix(16).allSatisfy { $0.classID == 0 })
    #expect(
      zip(result.detections, result.detections.dropFirst()).allSatisfy { $0.score >= $1.score })
    #expect(result.detections.allSatisfy { $0.box.minX >= 0 && $0.box.maxX <= 128 })
    // Stretched from 128 x 64: cells are 32 pixels wide and 16 high.
    let second = result.detections[1].box
    #expect(abs((second.minX + second.maxX) / 2 - 32) < 1e-9)
    #expect(result.stages.inference > 0)
    // Steps one by one give the same.
    let view = try detector.preprocess(picture)
    try detector.infer()
    #expect(try detector.decode(view, sourceSize: picture.size) == result.detections)
  }

  @Test func optionsChangeTheResult() throws {
    var options = DetectorOptions()
    options.clipsToPicture = false
    let unclipped = try DetectorLoader.load(model(steady), options: options).detect(picture)
    #expect(unclipped.detections.count == 32)
    #expect(unclipped.detections[0].box.minX < 0)

    options = DetectorOptions()
    options.classFilter = ["1"]
    let filtered = try DetectorLoader.load(model(steady), options: options).detect(picture)
    #expect(filtered.detections.count == 16)
    #expect(filtered.detections.allSatisfy { $0.classID == 1 })

    options = DetectorOptions()
    options.isSuppressionClassAgnostic = true
    let agnostic = try DetectorLoader.load(model(steady), options: options).detect(picture)
    #expect(agnostic.detections.count == 16)

    options = DetectorOptions()
    options.maxDetections = 5
    #expect(
      try DetectorLoader.load(model(steady), options: options).detect(picture).detections.count == 5
    )
    options.maxDetections = 0
    #expect(
      try DetectorLoader.load(model(steady), options: options).detect(picture).detections.count
        == 32)

    options = DetectorOptions()
    options.scoreThreshold = 0.45
    let sure = try DetectorLoader.load(model(steady), options: options).detect(picture)
    #expect(sure.detections.count == 16)
    options.scoreThreshold = 1.5
    #expect(throws: DetectorError.self) { try DetectorLoader.load(model(steady), options: options) }
    options.scoreThreshold = nil
    options.classFilter = ["zebra"]
    #expect(throws: DetectorError.unknownClass("zebra")) {
      try DetectorLoader.load(model(steady), options: options)
    }
  }

  @Test func manifestStatesNamesAndThresholds() throws {
    let text = #"{"names": ["cat", "dog"], "thresholds": {"score": 0.45, "max_detections": 3}}"#
    let manifest = try ModelManifest.parse(Array(text.utf8), path: "m.json")
    let detector = try DetectorLoader.load(model(steady), manifest: manifest)
    #expect(detector.summary.classNames == ["cat", "dog"])
    #expect(try detector.detect(picture).detections.count == 3)
    var options = DetectorOptions()
    options.scoreThreshold = 0.1
    options.maxDetections = 0
    let open = try DetectorLoader.load(model(steady), manifest: manifest, options: options)
    #expect(try open.detect(picture).detections.count == 32)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func nonFiniteOutputIsAnError(_ value: Float) throws {
    var channels = steady
    channels[6] = value
    let detector = try DetectorLoader.load(model(channels))
    #expect(throws: DetectorError.nonFiniteOutput(name: "out", index: 6 * 16)) {
      try detector.detect(picture)
    }
  }

  @Test func sizesComeFromOptionsMetadataOrTheModel() throws {
    let open: [Graph.Dimension] = [
      .symbolic("batch"), .fixed(3), .symbolic("height"), .symbolic("width"),
    ]
    let size = { (metadata: [String: String], requested: Size?) throws -> Size in
      var options = DetectorOptions()
      options.inputSize = requested
      options.family = .fastestdet
      return try DetectorLoader.load(
        self.model(self.steady, dimensions: open, metadata: metadata), options: options
      ).summary.inputSize
    }
    #expect(try size([:], nil) == Size(width: 640, height: 640))
    #expect(try size(["imgsz": "[64, 96]"], nil) == Size(width: 96, height: 64))
    #expect(
      try size(["imgsz": "[64, 96]"], Size(width: 32, height: 48)) == Size(width: 32, height: 48))
    #expect(throws: DetectorError.self) { try size([:], Size(width: 0, height: 32)) }
    #expect(throws: DetectorError.self) { try size([:], Size(width: 32, height: 1 << 40)) }

    var options = DetectorOptions()
    options.inputSize = Size(width: 96, height: 64)
    #expect(
      throws: DetectorError.inputSizeMismatch(
        requested: Size(width: 96, height: 64), fixed: Size(width: 64, height: 64))
    ) { try DetectorLoader.load(model(steady), options: options) }
    options.inputSize = Size(width: 64, height: 64)
    #expect(throws: Never.self) { try DetectorLoader.load(model(steady), options: options) }
  }

  @Test func otherInputsAreRefused() throws {
    for dimensions: [Graph.Dimension] in [
      [.fixed(2), .fixed(3), .fixed(64), .fixed(64)], [.fixed(1), .fixed(3), .fixed(64)],
      [.fixed(1), .fixed(64), .fixed(64), .fixed(3)],
    ] {
      #expect(throws: DetectorError.self) {
        try DetectorLoader.load(model(steady, dimensions: dimensions))
      }
    }
    var twoInputs = try model(steady)
    _ = twoInputs.graph.addInput(name: "scale", elementType: .float32, dimensions: [.fixed(1)])
    #expect(throws: DetectorError.self) { try DetectorLoader.load(twoInputs) }
    var unsupported = try model(steady)
    unsupported.unsupported = [
      UnsupportedOperator(node: "n", operation: "Loop", domain: "", reason: "no loops")
    ]
    #expect(throws: DetectorError.self) { try DetectorLoader.load(unsupported) }
    #expect(throws: DetectorError.unsupportedTask("pose")) {
      try DetectorLoader.load(model(steady, metadata: ["task": "pose"]))
    }
  }

  @Test func threadCountDoesNotChangeResults() throws {
    var options = DetectorOptions()
    options.threads = 3
    let several = try DetectorLoader.load(model(steady), options: options).detect(picture)
    #expect(try DetectorLoader.load(model(steady)).detect(picture).detections == several.detections)
  }
}

@Suite struct OutputTraceTests {
  /// Convolutions end the walk; what follows them is noted.
  @Test func notesWhatFollowsTheLastConvolution() throws {
    var graph = Graph()
    let input = graph.addInput(name: "in", elementType: .float32, dimensions: nil)
    let weights = graph.addConstant(try Tensor(zeros: .float32, shape: [1, 1, 1, 1]), name: "w")
    let convolution = Convolution(
      strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0])
    let before = graph.append(
      ElementwiseUnary(function: .exponential), name: "e", inputs: [input])
    let head = graph.append(convolution, name: "c", inputs: [before, weights])
    let sigmoid = graph.append(Activation(function: .sigmoid), name: "s", inputs: [head])
    let joined = graph.append(Concat(axis: 1), name: "j", inputs: [sigmoid, head])
    #expect(OutputTrace(of: joined, in: graph) == OutputTrace(hasSigmoid: true))
    #expect(OutputTrace(of: head, in: graph) == OutputTrace())
    let scaled = graph.append(
      ElementwiseBinary(function: .multiply), name: "m", inputs: [joined, weights])
    #expect(
      OutputTrace(of: scaled, in: graph) == OutputTrace(hasSigmoid: true, hasArithmetic: true))
    #expect(
      OutputTrace(of: before, in: graph) == OutputTrace(hasExponential: true))
  }
}
