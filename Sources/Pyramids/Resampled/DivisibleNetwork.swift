internal import Detectors
internal import Geometry

/// The dense network of a detector that is to be divided: its own, of the cascade the first one; with
/// an input size that it accepts.
///
/// - Throws: `PyramidError.unsuitable`, `GraphError` for threads that cannot be had.
func divisibleNetwork(
  of detector: any Detector, strategy: String
) throws -> (dense: any DenseDetector, size: Size) {
  if let cascade = detector as? CascadeDetector {
    return (try cascade.makeProposalNetwork(), Size(width: 64, height: 64))
  }
  guard let dense = detector as? any DenseDetector else {
    throw PyramidError.unsuitable(
      strategy: strategy, reason: "family \(detector.summary.family) is no dense network")
  }
  let own = detector.summary.inputSize
  let followsPictures = own.width == 0 || own.height == 0
  return (
    dense, followsPictures ? dense.inputSize(for: Size(width: 640, height: 640), scale: 1) : own
  )
}
