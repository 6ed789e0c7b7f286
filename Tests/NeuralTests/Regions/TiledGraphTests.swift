import Neural
import TestSupport
import Testing

/// Tiles of a picture against the network over the whole picture.
@Suite struct TiledGraphTests {
  private func tile(_ whole: Tensor, _ region: SpatialRegion) throws -> Tensor {
    let (height, width) = (whole.shape[2], whole.shape[3])
    let floats = whole.floats()
    var values: [Float] = []
    for channel in 0..<3 {
      for row in region.rows {
        let start = (channel * height + row) * width
        values += floats[start + region.columns.lowerBound..<start + region.columns.upperBound]
      }
    }
    return try Tensor(values, shape: [1, 3, region.rows.count, region.columns.count])
  }

  /// Every valid position of every tile has the whole picture's value, and the margins hold.
  @Test(arguments: RegionNetwork.all) func equalsTheWhole(_ network: RegionNetwork) throws {
    let (rows, columns) = (96, 120)
    var generator = SeededGenerator(seed: 5)
    let picture = try Tensor(generator.floats(3 * rows * columns), shape: [1, 3, rows, columns])
    let shaped = try network.shaped(rows: rows, columns: columns)
    let options = ExecutionOptions(threads: 2, isPositionwise: true)
    let whole = try Network(shaped, options: options).run([picture])
    let margins = try shaped.tileMargins()
    let regions = [
      SpatialRegion(rows: 0..<64, columns: 0..<64), SpatialRegion(rows: 16..<80, columns: 32..<96),
      SpatialRegion(rows: 32..<96, columns: 56..<120), SpatialRegion(rows: 0..<96, columns: 8..<88),
    ]
    for region in regions {
      let graph = try network.shaped(rows: region.rows.count, columns: region.columns.count)
      let coverage = try graph.tileCoverage(
        row: region.rows.lowerBound, column: region.columns.lowerBound, ofRows: rows,
        columns: columns)
      let outputs = try Network(graph, options: options).run([tile(picture, region)])
      for (index, output) in outputs.enumerated() {
        let crop = coverage.crops[index]
        let values = output.withUnsafeBytes { crop.cropped($0.bindMemory(to: Float.self)) }
        let expected = cut(whole[index], crop, coverage.places[index])
        #expect(values == expected, "\(region), output \(index)")
        for (part, place) in zip(crop.parts, coverage.places[index]) {
          checkMargins(part.region.rows, place.row, place.pitch, margins.rows, region.rows, rows)
          checkMargins(
            part.region.columns, place.column, place.pitch, margins.columns, region.columns,
            columns)
        }
      }
    }
  }

  /// What the tile answers for reaches the picture's borders, else at least to its margin.
  private func checkMargins(
    _ valid: Swift.Range<Int>, _ start: Int, _ pitch: Int, _ margin: Int, _ tile: Swift.Range<Int>,
    _ side: Int
  ) {
    let first = start * pitch
    let end = (start + valid.count) * pitch
    #expect(tile.lowerBound == 0 ? first == 0 : first <= tile.lowerBound + margin)
    if tile.upperBound < side { #expect(end >= tile.upperBound - margin) }
  }

  /// The same positions of the whole picture's output.
  private func cut(
    _ whole: Tensor, _ crop: RegionCrop, _ places: [TileCoverage.Place]
  ) -> [Float] {
    var wholeCrop = crop.over(whole.shape)
    for (index, place) in places.enumerated() {
      let region = crop.parts[index].region
      wholeCrop.parts[index].rows = place.wholeRows
      wholeCrop.parts[index].columns = place.wholeColumns
      wholeCrop.parts[index].region = SpatialRegion(
        rows: place.row..<place.row + region.rows.count,
        columns: place.column..<place.column + region.columns.count)
    }
    return whole.withUnsafeBytes { wholeCrop.cropped($0.bindMemory(to: Float.self)) }
  }

  /// Three 3x3 steps of which two have stride 2: 1 + 2 + 4 positions to each side.
  @Test func marginsFollowTheReceptiveField() throws {
    var b = RegionNetwork.Builder()
    var y = try b.block(b.input(), (3, 4), stride: 2)
    y = try b.block(y, (4, 4), stride: 2)
    y = try b.block(y, (4, 4))
    b.graph.addOutput(y, name: "y")
    let graph = try ShapedGraph(b.graph, inputShapes: ["x": [1, 3, 64, 64]])
    let margins = try graph.tileMargins()
    #expect(margins.rowAlignment == 4)
    #expect(margins.rows == 8)
  }

  @Test func namesTheOperatorThatSeesEverything() throws {
    var b = RegionNetwork.Builder()
    let x = try b.block(b.input(), (3, 8))
    let gate = b.append(GlobalPool(function: .average), x)
    b.graph.addOutput(b.append(ElementwiseBinary(function: .multiply), x, gate), name: "y")
    let graph = try ShapedGraph(b.graph, inputShapes: ["x": [1, 3, 16, 16]])
    let error = try #require(throws: RegionError.self) { try graph.tileMargins() }
    #expect(error.description.contains("GlobalAveragePool"))
  }
}
