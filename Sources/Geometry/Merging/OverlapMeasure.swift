/// The number that stands for the overlap of two boxes when boxes are merged.
package enum OverlapMeasure: String, Hashable, Sendable, CaseIterable {
  /// `Box.intersectionOverUnion`.
  case intersectionOverUnion = "iou"
  /// `Box.intersectionOverMinimum`: 1 for a box nested in a larger one.
  case intersectionOverMinimum = "ios"
  /// `Box.distanceIoU`: smaller for boxes whose centres lie apart. Never above the IoU.
  case distanceIoU = "diou"

  /// The overlap of two boxes.
  ///
  /// - Parameter plus: See `Box.intersectionOverUnion(_:plus:)`.
  package func overlap(_ first: Box, _ second: Box, plus: Double = 0) -> Double {
    switch self {
    case .intersectionOverUnion: first.intersectionOverUnion(second, plus: plus)
    case .intersectionOverMinimum: first.intersectionOverMinimum(second, plus: plus)
    case .distanceIoU: first.distanceIoU(second, plus: plus)
    }
  }
}

/// Whether a measure equal to the threshold counts as an overlap.
package enum OverlapBoundary: Hashable, Sendable {
  case greaterThan
  case greaterThanOrEqual

  @inline(__always)
  func isReached(by overlap: Double, threshold: Double) -> Bool {
    switch self {
    case .greaterThan: overlap > threshold
    case .greaterThanOrEqual: overlap >= threshold
    }
  }
}
