internal import Detectors
internal import Geometry
internal import Imaging
internal import Neural

/// One picture through the tiles of a grid.
struct SeamlessRun {
  let rows: any RowSource
  let dense: any DenseDetector
  let grid: SeamlessGrid
  private var stages = StageTimes()
  /// With the tile that found each.
  private var found: [(tile: Int, detection: Detection)] = []

  /// Boxes kept before suppression; when there are twice as many, the least sure go.
  private static let foundLimit = DetectorOptions.preLimit

  init(_ rows: any RowSource, _ dense: any DenseDetector, _ grid: SeamlessGrid) {
    self.rows = rows
    self.dense = dense
    self.grid = grid
  }

  mutating func results() throws -> PassResults {
    let network = try dense.network(for: grid.tileSize)
    var window = RowWindow(rows, height: min(grid.tileSize.height, rows.size.height))
    var results = PassResults()
    let clock = ContinuousClock()
    for row in grid.rowStarts.indices {
      let start = clock.now
      let first = grid.rowStarts[row].originY
      try window.move(
        to: min(first, rows.size.height)..<min(first + grid.tileSize.height, rows.size.height))
      stages.preprocess += (clock.now - start).inSeconds
      for column in grid.columnStarts.indices {
        let tile = grid.tile(row: row, column: column)
        try run(tile, results.passes.count, network, window)
        results.passes.append(PassResults.Pass(report(tile), detections: []))
        results.multiplyAdds += network.multiplyAdds
        results.pixelCount += grid.tileSize.width * grid.tileSize.height
      }
    }
    let start = clock.now
    for index in dense.keptIndices(found.map(\.detection)) {
      var (tile, detection) = found[index]
      if dense.clipsToPicture { detection.clip(to: rows.size) }
      guard detection.box.isValid else { continue }
      results.passes[tile].detections.append(detection)
    }
    stages.postprocess += (clock.now - start).inSeconds
    results.stages = stages
    // The boxes of all tiles were suppressed together.
    results.needsMerging = false
    return results
  }

  private func report(_ tile: SeamlessGrid.Tile) -> PassReport {
    let region = Box(
      minX: Double(tile.columns.lowerBound), minY: Double(tile.rows.lowerBound),
      maxX: Double(min(tile.columns.upperBound, rows.size.width)),
      maxY: Double(min(tile.rows.upperBound, rows.size.height)))
    return PassReport(
      kind: .tile, name: region.regionName, region: region, inputSize: grid.tileSize)
  }

  private mutating func run(
    _ tile: SeamlessGrid.Tile, _ index: Int, _ network: Network, _ window: RowWindow
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let image = window.image(
      at: (tile.originX, tile.originY), size: grid.tileSize, fill: SeamlessTilesStrategy.padding)
    _ = network.withInput(0) {
      dense.fill($0, canvas: grid.tileSize, from: image, resampling: nil)
    }
    let filled = clock.now
    try network.run()
    let inferred = clock.now
    for map in try dense.maps(of: network, inputSize: grid.tileSize) {
      for detection in dense.decode(core(of: map, tile)) {
        let shift = CoordinateMap(
          scaleX: 1, scaleY: 1, offsetX: Double(tile.columns.lowerBound),
          offsetY: Double(tile.rows.lowerBound))
        found.append((index, detection.mapped(through: shift)))
      }
    }
    if found.count > 2 * Self.foundLimit { prune() }
    stages.preprocess += (filled - start).inSeconds
    stages.inference += (inferred - filled).inSeconds
    stages.postprocess += (clock.now - inferred).inSeconds
  }

  /// The cells that the tile answers for.
  private func core(of map: DenseMap, _ tile: SeamlessGrid.Tile) -> DenseMap {
    let stride = map.strideInPixels
    func cells(_ core: Swift.Range<Int>, _ origin: Int, _ count: Int) -> Swift.Range<Int> {
      let first = (core.lowerBound - origin) / stride
      return first..<min((core.upperBound - origin + stride - 1) / stride, count)
    }
    var window = map.window(
      columns: cells(tile.columns, tile.originX, map.columns),
      rows: cells(tile.rows, tile.originY, map.rows))
    window.levelSize = grid.whole
    window.extent = Box(
      minX: -Double(tile.columns.lowerBound), minY: -Double(tile.rows.lowerBound),
      maxX: Double(grid.whole.width - tile.columns.lowerBound),
      maxY: Double(grid.whole.height - tile.rows.lowerBound))
    return window
  }

  /// Keeps the surest, equal ones by the earlier tile.
  private mutating func prune() {
    let order = found.indices.sorted { a, b in
      let (first, second) = (found[a].detection.score, found[b].detection.score)
      return first != second ? first > second : a < b
    }
    found = order.prefix(Self.foundLimit).sorted().map { found[$0] }
  }
}
