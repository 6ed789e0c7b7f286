package import Detectors
package import Geometry
package import Imaging
package import Neural

/// Tiles at the picture's own resolution whose dense outputs are those of the whole picture: halo and
/// alignment follow from the network's receptive field and stride. No object is cut by a tile's side,
/// so that none is found twice; the picture is never in memory as a whole.
///
/// The picture is not resized; beyond its right and lower border it is grey up to the network's
/// stride. A network in which every position depends on the whole picture is refused by the
/// operator's name.
package final class SeamlessTilesStrategy: RowStrategy {
  /// What each tile answers for.
  package let core: Size
  private var margins: TileMargins?

  /// Sample of the padding up to the network's stride.
  static let padding: UInt8 = 114

  /// - Throws: `PyramidError.invalidOption`.
  package init(core: Size = Size(width: 512, height: 512)) throws(PyramidError) {
    let side = 1...DetectorOptions.inputSideLimit
    guard side.contains(core.width), side.contains(core.height) else {
      throw .invalidOption(
        "tiles of \(core): sides must be in 1...\(DetectorOptions.inputSideLimit)")
    }
    self.core = core
  }

  package var name: String { "tiles" }

  package func check(_ detector: any Detector) throws(PyramidError) {
    let dense = try requireHeads(of: detector, for: "tiles --seam-exact")
    if let heatmap = detector as? HeatmapDetector,
      heatmap.plan.conventions.peaks == .localMaxima
    {
      throw .unsuitable(
        strategy: "tiles --seam-exact",
        reason: "peaks of \(detector.summary.family) compare cells across tiles")
    }
    do {
      _ = try margins(of: dense)
    } catch {
      throw .unsuitable(strategy: "tiles --seam-exact", reason: "\(error)")
    }
  }

  package func look(at image: Image, with detector: any Detector) throws -> PassResults {
    try look(at: ImageRows(image), with: detector)
  }

  package func look(at rows: any RowSource, with detector: any Detector) throws -> PassResults {
    let dense = try requireHeads(of: detector, for: "tiles --seam-exact")
    let grid = try SeamlessGrid(
      source: rows.size, core: core, margins: margins(of: dense))
    var run = SeamlessRun(rows, dense, grid)
    let results = try run.results()
    try rows.finish()
    return results
  }

  /// The margins that the detector's network asks for, worked out once.
  package func margins(of dense: any DenseDetector) throws -> TileMargins {
    if let margins { return margins }
    let graph = try dense.graph
    let size = dense.inputSize(for: Size(width: 640, height: 480), scale: 1)
    let result = try ShapedGraph(
      graph, inputShapes: [graph.inputs[0].name: [1, 3, size.height, size.width]]
    ).tileMargins()
    margins = result
    return result
  }
}

/// A strategy that takes a picture row by row.
package protocol RowStrategy: PyramidStrategy {
  /// As `look(at:with:)` for a picture in memory.
  ///
  /// - Throws: `ImagingError` too.
  func look(at rows: any RowSource, with detector: any Detector) throws -> PassResults
}
