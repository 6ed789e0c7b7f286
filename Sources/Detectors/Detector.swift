package import Geometry
package import Imaging

/// A loaded model that finds objects in pictures.
///
/// One picture at a time: an instance is not for concurrent use.
package protocol Detector: AnyObject {
  /// What the model is, for records and messages.
  var summary: DetectorSummary { get }

  /// Finds the objects of one upright picture.
  ///
  /// - Returns: In source pixels, surest first.
  /// - Throws: `DetectorError`, `GraphError`.
  func detect(_ image: Image) throws -> DetectionResult

  /// Makes and runs what only some pictures need, so that the memory it takes can be measured.
  ///
  /// - Throws: `GraphError`.
  func reserve() throws
}

extension Detector {
  package func reserve() throws {}
}

/// A detector that runs one network once per picture. `detect` is the three steps in their order;
/// callers that time or interleave them call them one by one.
package protocol SinglePassDetector: Detector {
  /// Fits the picture into the network's input.
  ///
  /// - Returns: Where the picture lies on the input, with the map there and back.
  func preprocess(_ image: Image) throws -> Letterbox

  /// Runs the network on the input filled last.
  func infer() throws

  /// Turns the network's last outputs into detections.
  ///
  /// - Parameters:
  ///   - view: What `preprocess` returned.
  ///   - sourceSize: The picture's size, for clipping.
  /// - Returns: In source pixels, surest first, equal scores in the order of the network's cells.
  /// - Throws: `DetectorError.nonFiniteOutput`.
  func decode(_ view: Letterbox, sourceSize: Size) throws -> [Detection]
}

/// What a loaded detector says about itself.
package struct DetectorSummary: Sendable {
  /// The family's name, as in the catalogue and in `--family`.
  package var family: String
  package var classNames: [String]
  /// The network's input; zero sides while it follows the picture and none has been seen.
  package var inputSize: Size
  package var scoreThreshold: Double
  package var overlapThreshold: Double
  /// `nil` for no limit.
  package var maxDetections: Int?
  /// Multiply–adds of one run of the network.
  package var multiplyAdds: Int
  /// The instruction set its kernels use.
  package var instructionSet: String

  package init(
    family: String, classNames: [String], inputSize: Size, scoreThreshold: Double,
    overlapThreshold: Double, maxDetections: Int?, multiplyAdds: Int, instructionSet: String
  ) {
    self.family = family
    self.classNames = classNames
    self.inputSize = inputSize
    self.scoreThreshold = scoreThreshold
    self.overlapThreshold = overlapThreshold
    self.maxDetections = maxDetections
    self.multiplyAdds = multiplyAdds
    self.instructionSet = instructionSet
  }
}

/// Seconds spent in the steps of one detection.
package struct StageTimes: Hashable, Sendable {
  package var preprocess = 0.0
  package var inference = 0.0
  package var postprocess = 0.0
  /// What `inference` consists of, where it has parts of different kinds.
  package var inferenceParts: [Part] = []

  package struct Part: Hashable, Sendable {
    package var name: String
    package var seconds: Double

    package init(_ name: String, seconds: Double) {
      self.name = name
      self.seconds = seconds
    }
  }

  package init() {}

  /// Adds the seconds of another pass; its parts are left out.
  package static func += (sum: inout StageTimes, other: StageTimes) {
    sum.preprocess += other.preprocess
    sum.inference += other.inference
    sum.postprocess += other.postprocess
  }
}

/// What a detector found in one picture.
package struct DetectionResult: Sendable {
  /// In source pixels, surest first.
  package var detections: [Detection]
  package var stages: StageTimes
  /// What the stages of a cascade passed on; `nil` for other detectors.
  package var cascade: CascadeReport?
  /// The passes of a pyramid strategy; `nil` for a single pass.
  package var pyramid: PyramidReport?

  package init(
    detections: [Detection], stages: StageTimes, cascade: CascadeReport? = nil,
    pyramid: PyramidReport? = nil
  ) {
    self.detections = detections
    self.stages = stages
    self.cascade = cascade
    self.pyramid = pyramid
  }
}

extension SinglePassDetector {
  /// Finds the objects of one upright picture.
  package func detect(_ image: Image) throws -> DetectionResult {
    var stages = StageTimes()
    let clock = ContinuousClock()
    let start = clock.now
    let view = try preprocess(image)
    let preprocessed = clock.now
    try infer()
    let inferred = clock.now
    let detections = try decode(view, sourceSize: image.size)
    stages.preprocess = (preprocessed - start).inSeconds
    stages.inference = (inferred - preprocessed).inSeconds
    stages.postprocess = (clock.now - inferred).inSeconds
    return DetectionResult(detections: detections, stages: stages)
  }
}

extension Duration {
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
