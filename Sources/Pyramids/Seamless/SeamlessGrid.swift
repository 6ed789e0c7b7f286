package import Detectors
package import Geometry
package import Neural

/// Tiles whose dense outputs together are those of the whole picture.
///
/// Each tile answers for its own rectangle, its core; its input reaches past that by the margin that
/// the network's receptive field asks for, and lies on the network's stride. At the picture's borders
/// it ends there, so that padding is met exactly where the whole picture has it.
package struct SeamlessGrid: Hashable, Sendable {
  package struct Tile: Hashable, Sendable {
    /// Top left corner of the tile's input.
    package var originX: Int
    package var originY: Int
    /// What it answers for, in pixels of the picture; multiples of the alignment.
    package var columns: Swift.Range<Int>
    package var rows: Swift.Range<Int>
  }

  /// The picture's size, rounded up to the network's stride.
  package let whole: Size
  /// Of every tile's input.
  package let tileSize: Size
  package let margins: TileMargins
  /// Row by row.
  package let rowStarts: [Tile]
  package let columnStarts: [Tile]

  /// Tiles that one picture is cut into at most.
  package static let tileLimit = 1 << 16

  /// - Parameters:
  ///   - source: The picture's size.
  ///   - core: What a tile answers for; rounded up to the alignment.
  ///   - margins: Of the network.
  /// - Throws: `PyramidError.invalidOption` for tiles beyond the limits.
  package init(source: Size, core: Size, margins: TileMargins) throws(PyramidError) {
    func rounded(_ side: Int, _ step: Int) -> Int { (side + step - 1) / step * step }
    whole = Size(
      width: rounded(source.width, margins.columnAlignment),
      height: rounded(source.height, margins.rowAlignment))
    let core = Size(
      width: rounded(core.width, margins.columnAlignment),
      height: rounded(core.height, margins.rowAlignment))
    tileSize = Size(
      width: min(whole.width, core.width + 2 * margins.columns),
      height: min(whole.height, core.height + 2 * margins.rows))
    let limit = DetectorOptions.inputSideLimit
    guard tileSize.width <= limit, tileSize.height <= limit else {
      throw .invalidOption(
        "tiles of \(core) see \(tileSize) with the network's margin: sides are at most \(limit)")
    }
    self.margins = margins
    columnStarts = Self.starts(whole.width, core.width, tileSize.width, margins.columns).map {
      Tile(originX: $0.origin, originY: 0, columns: $0.core, rows: 0..<0)
    }
    rowStarts = Self.starts(whole.height, core.height, tileSize.height, margins.rows).map {
      Tile(originX: 0, originY: $0.origin, columns: 0..<0, rows: $0.core)
    }
    guard rowStarts.count <= Self.tileLimit / columnStarts.count else {
      throw .invalidOption(
        "\(rowStarts.count) x \(columnStarts.count) tiles: at most \(Self.tileLimit) are taken")
    }
  }

  private static func starts(
    _ side: Int, _ core: Int, _ tile: Int, _ margin: Int
  ) -> [(origin: Int, core: Swift.Range<Int>)] {
    stride(from: 0, to: side, by: core).map { start in
      (
        origin: min(max(start - margin, 0), side - tile),
        core: start..<min(start + core, side)
      )
    }
  }

  package var tileCount: Int { rowStarts.count * columnStarts.count }

  package func tile(row: Int, column: Int) -> Tile {
    var tile = rowStarts[row]
    tile.originX = columnStarts[column].originX
    tile.columns = columnStarts[column].columns
    return tile
  }
}
