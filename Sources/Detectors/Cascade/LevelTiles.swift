package import Geometry
package import Neural

/// The levels of a ladder cut into rectangles of cells, which run one by one through the first
/// network.
package struct LevelTiles: Hashable, Sendable {
  /// A tile and the index of its level.
  package struct Entry: Hashable, Sendable {
    package var level: Int
    package var tile: FusedProposalNetwork.Tile
  }

  /// By level; within a level by rows of tiles.
  package let entries: [Entry]

  /// Cells of a tile's row at most: what the layers keep of so many fits the second-level cache.
  package static let columnLimit = 336
  /// Fewer rows mean more work at the seams, more rows fewer tiles to share among threads.
  private static let rowLimits = 16...64
  private static let tilesWanted = 32

  /// - Parameters:
  ///   - levels: Sizes in pixels; those with a side below 12 have no cells.
  ///   - poolsPartialWindows: Whether the network's pooling rounds sizes up.
  package init(_ levels: [Size], poolsPartialWindows: Bool = true) {
    let grids = levels.map { level in
      Size(
        width: Self.cellCount(level.width, poolsPartialWindows: poolsPartialWindows),
        height: Self.cellCount(level.height, poolsPartialWindows: poolsPartialWindows))
    }
    let cells = grids.reduce(0.0) { $0 + Double($1.width) * Double($1.height) }
    // By the work alone, so that results do not depend on the number of threads.
    let rows = Int(cells / Double(Self.tilesWanted * Self.columnLimit))
    let rowLimit = min(max(rows, Self.rowLimits.lowerBound), Self.rowLimits.upperBound) / 4 * 4
    var entries: [Entry] = []
    for (index, grid) in grids.enumerated() where grid.width > 0 && grid.height > 0 {
      // Narrow tiles get more rows.
      let columns = Self.parts(grid.width, limit: Self.columnLimit, multiple: 48)
      let width = columns[0].count
      let height = min(rowLimit * Self.columnLimit / width, Self.rowLimits.upperBound) / 4 * 4
      for rows in Self.parts(grid.height, limit: height, multiple: 4) {
        for columns in columns {
          entries.append(
            Entry(
              level: index,
              tile: FusedProposalNetwork.Tile(
                levelWidth: levels[index].width, levelHeight: levels[index].height,
                columns: columns, rows: rows)))
        }
      }
    }
    self.entries = entries
  }

  /// Cells along a side of `side` pixels: `ceil((side - 2) / 2) - 4`, or with `floor`.
  package static func cellCount(_ side: Int, poolsPartialWindows: Bool = true) -> Int {
    side < 12 ? 0 : (poolsPartialWindows ? side - 1 : side - 2) / 2 - 4
  }

  /// `0..<count` in parts of about the same length, at most `limit`, all but the last a multiple of
  /// `multiple`, of which `limit` is one.
  private static func parts(_ count: Int, limit: Int, multiple: Int) -> [Swift.Range<Int>] {
    let most = (count + limit - 1) / limit
    let length = ((count + most - 1) / most + multiple - 1) / multiple * multiple
    return stride(from: 0, to: count, by: length).map { $0..<min($0 + length, count) }
  }
}
