package import Detectors
internal import Geometry
package import Imaging

/// One pass through the network's own feature pyramid, of which the chosen heads speak. Says for each
/// box which level found it.
package final class FeatureStrategy: PyramidStrategy {
  /// Names of heads, `P3`, `P4`, …; `nil` for all.
  package let levels: [String]?

  package init(levels: [String]? = nil) { self.levels = levels }

  package var name: String { "feature" }

  package func check(_ detector: any Detector) throws(PyramidError) {
    let dense = try requireHeads(of: detector, for: name)
    _ = try chosenHeads(levels, of: dense)
  }

  package func look(at image: Image, with detector: any Detector) throws -> PassResults {
    let dense = try requireHeads(of: detector, for: name)
    let chosen = try chosenHeads(levels, of: dense)
    let pass = try dense.pass(
      image, inputSize: dense.inputSize(for: image.size, scale: 1), heads: chosen)
    var results = PassResults()
    results.stages = pass.stages
    results.multiplyAdds = pass.multiplyAdds
    results.pixelCount = pass.inputSize.width * pass.inputSize.height
    // The heads' boxes were suppressed together.
    results.needsMerging = false
    results.passes = chosen.sorted().map { head in
      let found = pass.detections.indices.filter { pass.heads[$0] == head }
      return PassResults.Pass(
        PassReport(
          kind: .level, name: dense.heads[head].name, region: Box(whole: image.size),
          inputSize: pass.inputSize),
        detections: found.map { pass.detections[$0] })
    }
    return results
  }
}

/// The detector as one whose heads can be chosen.
///
/// - Throws: `PyramidError.unsuitable`.
func requireHeads(
  of detector: any Detector, for strategy: String
) throws(PyramidError) -> any DenseDetector {
  guard let dense = detector as? any DenseDetector else {
    throw .unsuitable(
      strategy: strategy,
      reason: "\(detector.summary.family) is a cascade of three networks without a feature pyramid;"
        + " its pyramid is image")
  }
  guard !dense.heads.isEmpty else {
    throw .unsuitable(
      strategy: strategy,
      reason: "the outputs of family \(detector.summary.family) are no grids of cells, so that no "
        + "level can be told from another")
  }
  return dense
}

/// The indices of the named heads; all without names.
func chosenHeads(
  _ names: [String]?, of dense: any DenseDetector
) throws(PyramidError) -> Set<Int> {
  guard let names else { return Set(dense.heads.indices) }
  do {
    return try dense.headIndices(named: names)
  } catch {
    throw .invalidOption("\(error)")
  }
}
