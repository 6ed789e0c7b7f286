package import Geometry
package import Neural

/// What a caller may set; `nil` takes the manifest's value, else the family's.
package struct DetectorOptions: Sendable {
  /// Boxes at or below it are dropped, after everything else is scored. Default 0.25, heatmaps'
  /// by family.
  package var scoreThreshold: Double?
  /// IoU above which the surer box removes the other. Default by family.
  package var overlapThreshold: Double?
  /// At most so many boxes per picture; 0 means no limit. Default 300, heatmaps by family.
  package var maxDetections: Int?
  /// Whether boxes of different classes suppress each other.
  package var isSuppressionClassAgnostic = false
  /// Names or indices of classes that suppress each other, group by group.
  package var suppressionGroups: [[String]] = []
  /// Whether boxes are cut to the picture, as the last step.
  package var clipsToPicture = true
  /// Names or indices of the classes wanted; `nil` for all.
  package var classFilter: [String]?
  /// The network's input size; `nil` takes what the model says, or follows the picture where the
  /// family does so.
  package var inputSize: Size?
  package var family: GridFamily?
  /// Set instead of `family` for a heatmap detector.
  package var heatmapFamily: HeatmapFamily?
  /// Set instead of `family` for a network that gives final boxes.
  package var endToEndFamily: EndToEndFamily?
  /// Heatmap detectors: also run the mirrored picture and average the heatmaps and sizes.
  package var averagesMirrored = false
  /// Whether the detector keeps its graph, so that it can be run at other input sizes and in the ways
  /// of `DenseDetector`; its weights are then in memory twice.
  package var keepsGraph = false
  package var threads = 1
  package var instructionSet: InstructionSet?
  package var precision = Precision.float32
  /// See `ExecutionOptions`.
  package var isForFewRuns = false
  /// Takes models whose weights hold NaN or infinities. Outputs must be finite all the same.
  package var allowsNonFiniteWeights = false

  package init() {}

  var execution: ExecutionOptions {
    ExecutionOptions(
      threads: threads, instructionSet: instructionSet, precision: precision,
      isForFewRuns: isForFewRuns)
  }

  package static let defaultScoreThreshold = 0.25
  package static let defaultMaxDetections = 300
  /// Surest candidates that take part in suppression.
  package static let preLimit = 30_000
  /// Longest side of a network's input in pixels.
  package static let inputSideLimit = 8192

  /// A side of about `pixels` that is a multiple, at least one and within the limit.
  package static func inputSide(_ pixels: Double, multiple: Int) -> Int {
    let most = Double(inputSideLimit / multiple)
    let count = min(max((pixels / Double(multiple)).rounded(), 1), most)
    return (count.isFinite ? Int(count) : 1) * multiple
  }
}
