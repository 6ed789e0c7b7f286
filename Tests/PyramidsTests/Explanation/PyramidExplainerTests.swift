import Detectors
import Geometry
import Imaging
import ModelFormats
import Neural
import Pyramids
import TestSupport
import Testing

/// Explanations against detection itself, with a network that finds red: FastestDet's channels on
/// cells of 8 pixels.
@Suite struct PyramidExplainerTests {
  /// Objectness is the redness of the cell; boxes have a fixed share of the input's sides.
  private func model() throws -> Model {
    var graph = Graph()
    let input = graph.addInput(
      name: "in", elementType: .float32,
      dimensions: [.fixed(1), .fixed(3), .symbolic("height"), .symbolic("width")])
    // Channels: objectness, x, y, width, height, class 0, class 1.
    var weights = [Float](repeating: 0, count: 7 * 3 * 64)
    // The input is blue, green, red in 0...1.
    for pixel in 0..<64 { weights[2 * 64 + pixel] = 1.0 / 64 }
    for pixel in 0..<64 { weights[(6 * 3 + 1) * 64 + pixel] = 1.0 / 64 }
    let kernel = graph.addConstant(try Tensor(weights, shape: [7, 3, 8, 8]), name: "w")
    let bias = graph.addConstant(
      try Tensor([0, 0.5, 0.5, -1.5, -1.2, 0.5, 0.1] as [Float], shape: [7]), name: "b")
    let output = graph.append(
      Convolution(strides: [8, 8], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0]),
      name: "head", inputs: [input, kernel, bias])
    graph.addOutput(output, name: "out")
    return Model(format: .onnx, graph: graph)
  }

  private func detector() throws -> any Detector {
    var options = DetectorOptions()
    options.keepsGraph = true
    options.inputSize = Size(width: 64, height: 64)
    options.scoreThreshold = 0.3
    options.overlapThreshold = 0.5
    return try DetectorLoader.load(model(), options: options)
  }

  /// Rectangles of many reds and greens.
  private func picture() -> Image {
    var generator = SeededGenerator(seed: 21)
    let size = Size(width: 150, height: 110)
    var samples = [UInt8](repeating: 20, count: size.width * size.height * 3)
    for _ in 0..<30 {
      let values = generator.floats(6).map { Double($0) + 0.5 }
      let (x, y) = (Int(values[0] * 140), Int(values[1] * 100))
      for row in y..<min(y + 6 + Int(values[2] * 30), size.height) {
        for column in x..<min(x + 6 + Int(values[3] * 30), size.width) {
          samples[(row * size.width + column) * 3] = UInt8(values[4] * 255)
          samples[(row * size.width + column) * 3 + 1] = UInt8(values[5] * 255)
        }
      }
    }
    return Image(size: size, samples: samples)
  }

  private static let strategies = ["single", "image", "flip", "tiles", "feature", "coarse-to-fine"]

  private func strategy(_ name: String) throws -> any PyramidStrategy {
    switch name {
    case "image", "flip":
      var options = ImageStrategy.Options()
      options.scales = [0.5, 1, 2]
      options.isMirrored = name == "flip"
      return try ImageStrategy(options)
    case "tiles":
      var options = TilesStrategy.Options()
      options.slice = Size(width: 64, height: 64)
      return try TilesStrategy(options)
    case "feature": return FeatureStrategy()
    case "coarse-to-fine": return try CoarseToFineStrategy()
    default: return SingleStrategy()
    }
  }

  private func pyramid(_ name: String) throws -> PyramidDetector {
    let (base, strategy) = (try detector(), try strategy(name))
    return try PyramidDetector(base, strategy: strategy, merging: strategy.merging(for: base))
  }

  /// Whoever asks for a detection's own box is told of that detection.
  @Test(arguments: strategies) func everyDetectionIsTold(_ name: String) throws {
    let (pyramid, picture) = (try pyramid(name), picture())
    let detections = try pyramid.detect(picture).detections
    #expect(detections.count > 5)
    let explainer = try PyramidExplainer(pyramid)
    for (place, detection) in detections.enumerated() {
      var question = ExplanationQuestion(box: detection.box)
      question.count = 1000
      let explanation = try explainer.explain(picture, question)
      #expect(explanation.detections == detections)
      let own = explanation.candidates.filter { $0.explanation.outcome == .found(place) }
      #expect(own.count == 1, "\(name): detection \(place)")
      guard let told = own.first?.explanation else { continue }
      #expect(abs(told.detection.score - detection.score) < 1e-6)
      #expect(told.steps.allSatisfy(\.isPassed))
      #expect(told.cell != nil && told.level == "P3")
    }
  }

  /// What is said of the missed ones is true.
  @Test(arguments: strategies) func missedOnesHaveTheirReason(_ name: String) throws {
    let (pyramid, picture) = (try pyramid(name), picture())
    let explainer = try PyramidExplainer(pyramid)
    var outcomes: Set<String> = []
    for x in stride(from: 0.0, to: 120, by: 30) {
      for y in stride(from: 0.0, to: 80, by: 27) {
        var question = ExplanationQuestion(
          box: Box(minX: x, minY: y, maxX: x + 30, maxY: y + 27))
        question.count = 40
        question.leastOverlap = 0.1
        let explanation = try explainer.explain(picture, question)
        for candidate in explanation.candidates.map(\.explanation) {
          check(candidate, explanation.detections)
          outcomes.insert("\(candidate.outcome)".prefix { $0 != "(" }.description)
        }
      }
    }
    #expect(outcomes.isSuperset(of: ["found", "belowThreshold", "suppressed"]), "\(outcomes)")
  }

  private func check(_ candidate: CandidateExplanation, _ detections: [Detection]) {
    let product = candidate.factors.reduce(1) { $0 * $1.value }
    #expect(abs(product - candidate.detection.score) < 1e-6)
    #expect(candidate.factors.map(\.name) == ["objectness^0.6", "class^0.4"])
    switch candidate.outcome {
    case .belowThreshold:
      #expect(candidate.detection.score <= 0.3)
      #expect(candidate.steps.map(\.isPassed) == [false])
    case .found(let place):
      #expect(abs(detections[place].score - candidate.detection.score) < 1e-6)
    case .suppressed(by: let place), .merged(into: let place):
      #expect(candidate.steps.last?.kind == .overlap)
      #expect(candidate.steps.last.map { $0.value > $0.limit } == true)
      if let place {
        #expect(detections[place].score >= candidate.detection.score - 1e-6)
        #expect(detections[place].classID == candidate.detection.classID)
      }
    case .leftToOtherPass: #expect(candidate.detection.score > 0.3)
    case .unwantedClass, .notPeak, .beyondLimit, .outside, .empty:
      Issue.record("\(candidate.outcome)")
    }
  }

  @Test func nothingNearGivesTheNearest() throws {
    let explainer = try PyramidExplainer(detector())
    var question = ExplanationQuestion(box: Box(minX: 70, minY: 50, maxX: 72, maxY: 51))
    question.count = 3
    let explanation = try explainer.explain(picture(), question)
    let overlaps = explanation.candidates.map(\.explanation.overlap)
    #expect(overlaps.count == 3)
    #expect(overlaps.allSatisfy { $0 > 0 && $0 < question.leastOverlap })
    #expect(overlaps == overlaps.sorted(by: >))
  }
}
