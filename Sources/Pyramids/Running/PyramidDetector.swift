package import Detectors
package import Geometry
package import Imaging

/// A detector that looks at each picture the way a pyramid strategy says and merges what the passes
/// found. It is itself a `Detector`, so that everything that runs detectors runs pyramids.
package final class PyramidDetector: Detector {
  package let base: any Detector
  package let strategy: any PyramidStrategy
  package let merging: Merging

  /// - Parameters:
  ///   - merging: Joins the boxes of several passes; its thresholds are the caller's to choose.
  /// - Throws: `PyramidError.unsuitable` when strategy and detector do not go together.
  package init(
    _ base: any Detector, strategy: any PyramidStrategy, merging: Merging
  ) throws(PyramidError) {
    try strategy.check(base)
    self.base = base
    self.strategy = strategy
    self.merging = merging
  }

  package var summary: DetectorSummary { base.summary }

  package func reserve() throws { try base.reserve() }

  /// Finds the objects of one upright picture by all passes of the strategy.
  ///
  /// - Returns: In source pixels, surest first; equal scores by the earlier pass, then by the order
  ///   within it. `pyramid` names the passes and which one found each detection.
  /// - Throws: `DetectorError`, `GraphError`.
  package func detect(_ image: Image) throws -> DetectionResult {
    merged(try strategy.look(at: image, with: base))
  }

  /// Whether pictures can be given row by row.
  package var takesRows: Bool { strategy is any RowStrategy }

  /// As `detect(_:)` for a picture that comes row by row.
  ///
  /// - Precondition: `takesRows`.
  /// - Throws: `ImagingError` too.
  package func detect(_ rows: any RowSource) throws -> DetectionResult {
    guard let strategy = strategy as? any RowStrategy else {
      preconditionFailure("the strategy takes whole pictures only")
    }
    return merged(try strategy.look(at: rows, with: base))
  }

  private func merged(_ looked: PassResults) -> DetectionResult {
    var results = looked
    let clock = ContinuousClock()
    let start = clock.now
    for index in results.passes.indices {
      results.passes[index].report.found = results.passes[index].detections.count
    }
    let (merged, _, origins) = joined(results)
    let report = PyramidReport(
      strategy: strategy.name, passes: results.passes.map(\.report),
      origins: merged.leaders.map { origins[$0] }, multiplyAdds: results.multiplyAdds,
      pixelCount: results.pixelCount)
    results.stages.postprocess += (clock.now - start).inSeconds
    return DetectionResult(
      detections: merged.detections, stages: results.stages, cascade: results.cascade,
      pyramid: report)
  }

  /// All passes' detections one after the other, the pass of each, and what merging makes of them.
  func joined(_ results: PassResults) -> (merged: Merged, found: [Detection], origins: [Int]) {
    let found = results.passes.flatMap(\.detections)
    let origins = results.passes.enumerated().flatMap { index, pass in
      [Int](repeating: index, count: pass.detections.count)
    }
    var rule = results.needsMerging ? merging : Merging(.none)
    rule.maxDetections = merging.maxDetections ?? summary.maxDetections
    return (rule.apply(to: found, sources: origins), found, origins)
  }
}
