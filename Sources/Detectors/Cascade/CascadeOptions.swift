package import Neural

/// What a caller may set of the cascade.
package struct CascadeOptions: Sendable {
  package var ladder: ScaleLadder
  /// Least scores of the three stages, each in `0...1`.
  package var thresholds: [Double]
  package var conventions: CascadeConventions
  /// Faces at or below it are dropped in the end; `nil` leaves it to the thresholds.
  package var scoreThreshold: Double?
  /// At most so many faces per picture; 0 means no limit.
  package var maxDetections = 0
  /// Whether boxes are cut to the picture, as the last step.
  package var clipsToPicture: Bool
  /// Whether landmarks are the mean of those in the crop and in the mirrored crop, as the authors'
  /// first program does.
  package var averagesMirroredLandmarks = false
  package var threads = 1
  package var instructionSet: InstructionSet?

  package static let defaultThresholds = [0.6, 0.7, 0.7]

  /// Surest proposals kept per level, and of all levels together.
  package static let proposalLimit = 16_384
  /// Surest candidates that reach the output stage.
  package static let outputLimit = 4096
  /// Pixels of all levels together.
  package static let pixelLimit = 1 << 29

  /// - Throws: `DetectorError.invalidOption` unless there are three thresholds in `0...1`.
  package init(
    ladder: ScaleLadder, thresholds: [Double] = defaultThresholds,
    conventions: CascadeConventions = CascadeConventions(.mtcnnONNX)
  ) throws(DetectorError) {
    guard thresholds.count == 3, thresholds.allSatisfy({ (0...1).contains($0) }) else {
      throw .invalidOption("three thresholds in 0...1 are needed, not \(thresholds)")
    }
    self.ladder = ladder
    self.thresholds = thresholds
    self.conventions = conventions
    clipsToPicture = conventions.clipsToPicture
  }
}
