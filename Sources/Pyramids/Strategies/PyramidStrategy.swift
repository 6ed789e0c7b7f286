package import Detectors
package import Geometry
package import Imaging

/// A way to look at one picture at several sizes or places: it says which passes there are and what
/// each one found. `PyramidDetector` merges what they found.
///
/// An instance is not for concurrent use: it may keep networks and canvases between pictures.
package protocol PyramidStrategy: AnyObject {
  /// Its name in flags and records.
  var name: String { get }

  /// Whether it can be used with a detector; asked once, before the first picture.
  ///
  /// - Throws: `PyramidError.unsuitable` saying why not.
  func check(_ detector: any Detector) throws(PyramidError)

  /// How the boxes of its passes are merged where the caller does not say.
  func merging(for detector: any Detector) -> Merging

  /// Looks at a picture.
  ///
  /// - Returns: What each pass found in upright source pixels, after the detector's own suppression
  ///   within the pass and before any merging across passes.
  /// - Throws: `DetectorError`, `GraphError`.
  func look(at image: Image, with detector: any Detector) throws -> PassResults
}

extension PyramidStrategy {
  /// Suppression at the detector's own overlap.
  package func merging(for detector: any Detector) -> Merging {
    Merging(.suppression, threshold: detector.summary.overlapThreshold)
  }

  package func check(_ detector: any Detector) throws(PyramidError) {}
}

/// What the passes of a strategy found in one picture.
package struct PassResults: Sendable {
  /// In the order in which they are to be merged: equal scores go by the earlier pass.
  package var passes: [Pass] = []
  package var stages = StageTimes()
  /// Multiply–adds of all networks that ran.
  package var multiplyAdds = 0
  /// Pixels of all network inputs that were filled, padding included.
  package var pixelCount = 0
  /// Of the cascade, where there was one pass.
  package var cascade: CascadeReport?
  /// Whether boxes of several passes may show the same object. If not, the passes' detections are
  /// only put in order.
  package var needsMerging = true

  package init() {}

  /// What one look at a part of the picture at one size found.
  package struct Pass: Sendable {
    package var report: PassReport
    package var detections: [Detection]

    package init(_ report: PassReport, detections: [Detection]) {
      self.report = report
      self.detections = detections
    }
  }
}

/// Why a strategy cannot be used.
package enum PyramidError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The strategy and the detector do not go together.
  case unsuitable(strategy: String, reason: String)
  /// A setting out of its range.
  case invalidOption(String)

  package var description: String {
    switch self {
    case .unsuitable(let strategy, let reason): "pyramid \(strategy): \(reason)"
    case .invalidOption(let detail): detail
    }
  }
}
