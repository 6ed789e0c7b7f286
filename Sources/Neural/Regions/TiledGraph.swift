/// One tile of a larger picture under a network: what of its outputs equals the whole picture's.
package struct TileCoverage: Hashable, Sendable {
  /// Per output: how to cut out what is valid.
  package var crops: [RegionCrop]
  /// Per output and map on it: where the cut begins among the whole picture's positions, and how
  /// many those are.
  package var places: [[Place]]

  package struct Place: Hashable, Sendable {
    package var row: Int
    package var column: Int
    package var wholeRows: Int
    package var wholeColumns: Int
    /// Input positions per position.
    package var pitch: Int
  }
}

/// What tiles must observe so that their dense outputs equal those of the whole picture.
package struct TileMargins: Hashable, Sendable {
  /// Tiles, and the picture, begin and end at multiples of these.
  package var rowAlignment: Int
  package var columnAlignment: Int
  /// Input positions past what a tile answers for that it must see, multiples of the alignment;
  /// none are needed beyond the picture's own borders.
  package var rows: Int
  package var columns: Int

  package init(rowAlignment: Int, columnAlignment: Int, rows: Int, columns: Int) {
    self.rowAlignment = rowAlignment
    self.columnAlignment = columnAlignment
    self.rows = rows
    self.columns = columns
  }
}

extension ShapedGraph {
  /// The margins of tiles, from the widest path through the network.
  ///
  /// - Throws: `RegionError` naming the operator that no bounded tile can stand for.
  package func tileMargins() throws -> TileMargins {
    // A tile far from every border of a picture that is larger still.
    var side = 1 << 12
    while true {
      let walk = try tileWalk(
        rows: .init(count: side, origin: side, whole: 3 * side),
        columns: .init(count: side, origin: side, whole: 3 * side))
      let states = graph.outputs.flatMap { walk.states(of: $0.value) }
      let fits = states.allSatisfy { !$0.rows.valid.isEmpty && !$0.columns.valid.isEmpty }
      guard fits else {
        guard side < 1 << 15 else {
          throw RegionError.unsuitable("no tile of \(side) pixels or less sees all that it needs")
        }
        side *= 2
        continue
      }
      func margin(_ axes: [TileRule.Axis], _ alignment: Int) -> Int {
        let widest = axes.reduce(0) {
          max($0, $1.valid.lowerBound * $1.pitch, side - $1.valid.upperBound * $1.pitch)
        }
        return (widest + alignment - 1) / alignment * alignment
      }
      let (rowStep, columnStep) = (walk.rule.rowAlignment, walk.rule.columnAlignment)
      return TileMargins(
        rowAlignment: rowStep, columnAlignment: columnStep,
        rows: margin(states.map(\.rows), rowStep),
        columns: margin(states.map(\.columns), columnStep))
    }
  }

  /// What of this graph's outputs is the whole picture's, when its input is a tile of it.
  ///
  /// - Parameters:
  ///   - row: Where the tile begins; a multiple of the alignment.
  ///   - column: As `row`.
  ///   - rows: The whole picture's rows.
  ///   - columns: The whole picture's columns.
  /// - Throws: `RegionError`.
  package func tileCoverage(
    row: Int, column: Int, ofRows rows: Int, columns: Int
  ) throws -> TileCoverage {
    let shape = graph.inputs.first.map { type(of: $0.value).shape } ?? []
    guard shape.count == 4 else {
      throw RegionError.unsuitable("the network does not take one picture [N, C, rows, columns]")
    }
    let walk = try tileWalk(
      rows: .init(count: shape[2], origin: row, whole: rows),
      columns: .init(count: shape[3], origin: column, whole: columns))
    var coverage = TileCoverage(crops: [], places: [])
    for output in graph.outputs {
      coverage.crops.append(
        walk.crop(of: output.value, shape: type(of: output.value).shape) { $0.region })
      coverage.places.append(
        walk.states(of: output.value).map { state in
          TileCoverage.Place(
            row: state.rows.origin + state.rows.valid.lowerBound,
            column: state.columns.origin + state.columns.valid.lowerBound,
            wholeRows: state.rows.whole, wholeColumns: state.columns.whole,
            pitch: state.rows.pitch)
        })
    }
    return coverage
  }

  private func tileWalk(rows: TileRule.Axis, columns: TileRule.Axis) throws -> RegionWalk<TileRule>
  {
    try RegionWalk(self, rule: TileRule(), start: TileRule.State(rows: rows, columns: columns))
  }
}
