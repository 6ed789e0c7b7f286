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
  /// What each tile answers for; `nil` chooses.
  private let coreWidth: Int?
  private let coreHeight: Int?
  private var margins: TileMargins?

  /// Sample of the padding up to the network's stride.
  static let padding: UInt8 = 114

  /// The least and the most that is chosen for a side of the core.
  private static let chosenSides = 512...1024

  /// What each tile answers for: `nil` for four margins, within `512...1024`. A tile then sees about
  /// twice the area that it answers for.
  ///
  /// - Throws: `PyramidError.invalidOption`.
  package init(coreWidth: Int? = nil, coreHeight: Int? = nil) throws(PyramidError) {
    let sides = 1...DetectorOptions.inputSideLimit
    for side in [coreWidth, coreHeight].compactMap({ $0 }) where !sides.contains(side) {
      throw .invalidOption(
        "tiles with a side of \(side): it must be in 1...\(DetectorOptions.inputSideLimit)")
    }
    self.coreWidth = coreWidth
    self.coreHeight = coreHeight
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
    let grid = try grid(for: rows.size, dense)
    var run = SeamlessRun(rows, dense, grid)
    let results = try run.results()
    try rows.finish()
    return results
  }

  /// The tiles of a picture of that size.
  ///
  /// - Throws: `RegionError`, `PyramidError.invalidOption` for tiles beyond the limits.
  package func grid(for source: Size, _ dense: any DenseDetector) throws -> SeamlessGrid {
    let margins = try margins(of: dense)
    func chosen(_ margin: Int) -> Int {
      min(max(4 * margin, Self.chosenSides.lowerBound), Self.chosenSides.upperBound)
    }
    let core = Size(
      width: coreWidth ?? chosen(margins.columns), height: coreHeight ?? chosen(margins.rows))
    return try SeamlessGrid(source: source, core: core, margins: margins)
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
