import Detectors
import Geometry
import Neural
import TestSupport
import Testing

@Suite struct LevelTilesTests {
  /// Every cell of every level once.
  @Test(arguments: [
    [Size(width: 12, height: 12)], [Size(width: 11, height: 500)],
    [Size(width: 1153, height: 649), Size(width: 817, height: 460), Size(width: 27, height: 15)],
    [Size(width: 6000, height: 31), Size(width: 13, height: 4001)], [],
  ])
  func coverage(_ levels: [Size]) {
    let entries = LevelTiles(levels).entries
    for (index, level) in levels.enumerated() {
      let (columns, rows) = (
        LevelTiles.cellCount(level.width), LevelTiles.cellCount(level.height)
      )
      var seen = [Int](repeating: 0, count: max(columns * rows, 0))
      for entry in entries where entry.level == index {
        #expect(entry.tile.levelWidth == level.width && entry.tile.levelHeight == level.height)
        #expect(entry.tile.columns.count <= LevelTiles.columnLimit)
        for row in entry.tile.rows {
          for column in entry.tile.columns { seen[row * columns + column] += 1 }
        }
      }
      #expect(seen.allSatisfy { $0 == 1 })
    }
  }

  /// The fused network, tile by tile, against the graph of the same weights.
  @Test(arguments: [(31, 77), (24, 80), (13, 65), (120, 16)])
  func tilesEqualTheGraph(_ width: Int, _ height: Int) throws {
    let weights = try CascadeWeights.builtIn()
    var generator = SeededGenerator(seed: 5)
    let picture = generator.floats(3 * width * height)
    let graph = try Network(
      CascadeNetwork.proposal.graph(
        weights: weights, batch: 1, size: Size(width: width, height: height)))
    let expected = try graph.run([Tensor(picture, shape: [1, 3, height, width])])[0].floats()
    let (columns, rows) = (LevelTiles.cellCount(width), LevelTiles.cellCount(height))
    for set in InstructionSet.available {
      let network = try weights.proposalNetwork(instructionSet: set)
      for (tileColumns, tileRows) in [(columns, rows), (7, 8), (columns, 3)] {
        var actual = [Float](repeating: .nan, count: 6 * columns * rows)
        for top in stride(from: 0, to: rows, by: tileRows) {
          for left in stride(from: 0, to: columns, by: tileColumns) {
            let tile = FusedProposalNetwork.Tile(
              levelWidth: width, levelHeight: height,
              columns: left..<min(left + tileColumns, columns),
              rows: top..<min(top + tileRows, rows))
            for hit in try #require(hits(network, tile, picture)) {
              let heads = [hit.logits[0], hit.logits[1]] + (0..<4).map { hit.regression[$0] }
              for (head, value) in heads.enumerated() {
                actual[(head * rows + hit.row) * columns + hit.column] = value
              }
            }
          }
        }
        // The sums run in other orders, and rows are transformed four at a time.
        expectClose(actual, expected, absolute: 2e-5, "\(set) \(tileColumns)x\(tileRows)")
      }
    }
  }

  private func hits(
    _ network: FusedProposalNetwork, _ tile: FusedProposalNetwork.Tile, _ picture: [Float]
  ) -> [FusedProposalNetwork.Hit]? {
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: network.scratchByteCount(columns: tile.columns.count), alignment: 64)
    defer { scratch.deallocate() }
    return network.hits(in: tile, least: -.greatestFiniteMagnitude, scratch: scratch) {
      row, columns, planes, stride in
      for plane in 0..<3 {
        for (place, column) in columns.enumerated() {
          planes[plane * stride + place] =
            picture[(plane * tile.levelHeight + row) * tile.levelWidth + column]
        }
      }
    }
  }
}
