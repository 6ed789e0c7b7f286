import Geometry
import Neural
import Pyramids
import Testing

@Suite struct SeamlessGridTests {
  private let margins = TileMargins(rowAlignment: 32, columnAlignment: 32, rows: 96, columns: 64)

  /// Cores tile the picture; every input holds its core with the margin, or ends at the border.
  @Test(arguments: [
    Size(width: 1000, height: 700), Size(width: 512, height: 512), Size(width: 33, height: 1),
    Size(width: 2049, height: 1537),
  ])
  func coversThePictureOnce(_ source: Size) throws {
    let grid = try SeamlessGrid(
      source: source, core: Size(width: 250, height: 256), margins: margins)
    #expect(grid.whole.width % 32 == 0 && grid.whole.width - source.width < 32)
    #expect(grid.whole.height % 32 == 0 && grid.whole.height - source.height < 32)
    var covered = 0
    for row in grid.rowStarts.indices {
      for column in grid.columnStarts.indices {
        let tile = grid.tile(row: row, column: column)
        covered += tile.columns.count * tile.rows.count
        check(tile.columns, tile.originX, grid.tileSize.width, grid.whole.width, margins.columns)
        check(tile.rows, tile.originY, grid.tileSize.height, grid.whole.height, margins.rows)
      }
    }
    #expect(covered == grid.whole.width * grid.whole.height)
    #expect(grid.tileCount == grid.rowStarts.count * grid.columnStarts.count)
  }

  private func check(
    _ core: Swift.Range<Int>, _ origin: Int, _ side: Int, _ whole: Int, _ margin: Int
  ) {
    #expect(origin % 32 == 0 && core.lowerBound % 32 == 0)
    #expect(origin >= 0 && origin + side <= whole)
    #expect(origin == 0 || core.lowerBound - origin >= margin)
    #expect(origin + side == whole || origin + side - core.upperBound >= margin)
    #expect(origin <= core.lowerBound && core.upperBound <= origin + side)
  }

  @Test func refusesTilesBeyondTheLimits() {
    #expect(throws: PyramidError.self) {
      try SeamlessGrid(
        source: Size(width: 1 << 20, height: 1 << 20), core: Size(width: 32, height: 32),
        margins: margins)
    }
    #expect(throws: PyramidError.self) {
      try SeamlessGrid(
        source: Size(width: 20_000, height: 20_000), core: Size(width: 8192, height: 64),
        margins: margins)
    }
  }
}
