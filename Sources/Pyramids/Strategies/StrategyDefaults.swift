internal import Detectors
internal import Geometry

/// What strategies do with a detector where the caller does not say.
struct StrategyDefaults {
  /// The levels of an image pyramid.
  var imageScales: [Double]
  var imageRanges: RangeRule?
  var tilesRanges: RangeRule?
  /// Boxes up to so many input pixels make a region worth a second look.
  var promisingSize = 48.0
  var imageMerging: Merging
  var tilesMerging: Merging

  init(_ detector: any Detector) {
    let summary = detector.summary
    imageMerging = Merging(.suppression, threshold: summary.overlapThreshold)
    tilesMerging = imageMerging
    if detector is GridDetector {
      imageScales = [1, 2]
      imageRanges = RangeRule(least: 16, greatest: 160)
      tilesRanges = RangeRule(least: 16, greatest: 128)
    } else if detector is CascadeDetector {
      // Its own ladder is inside.
      imageScales = [1]
      // Its last step compares with the smaller box, which leaves two views' boxes of one face apart.
      imageMerging.threshold = 0.3
      tilesMerging.threshold = 0.3
    } else {
      imageScales = [1, 2]
    }
  }
}
