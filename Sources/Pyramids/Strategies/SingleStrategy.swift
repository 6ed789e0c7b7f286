package import Detectors
internal import Geometry
package import Imaging

/// One pass, as the detector itself does it; of the cascade that is its own ladder of scales.
package final class SingleStrategy: PyramidStrategy {
  package init() {}

  package var name: String { "single" }

  package func look(at image: Image, with detector: any Detector) throws -> PassResults {
    var runner = PassRunner(image, detector)
    try runner.run(
      PlannedPass(kind: .level, name: "1x", region: Box(whole: image.size)))
    var results = runner.results
    results.needsMerging = false
    return results
  }
}
