package import Geometry

/// One level of a dense network's output: what it says about every cell of one grid.
package struct DenseMap: Hashable, Sendable {
  /// Index into `DenseDetector.heads`.
  package var head: Int
  /// Input pixels per cell.
  package var strideInPixels: Int
  package var columns: Int
  package var rows: Int
  package var channels: Int
  /// `[channels, rows, columns]`, row-major, finite.
  package var values: [Float]
  /// Where the map's first cell begins on the input that the network saw; not zero for windows.
  package var origin: (x: Int, y: Int) {
    get { (originX, originY) }
    set { (originX, originY) = newValue }
  }
  /// What boxes are cut to while they are decoded, in pixels from the map's first cell, by families
  /// that do so; `nil` for the map's own pixels.
  package var extent: Box?
  /// The input of the whole level, of which this may be a window: some families say sizes of boxes as
  /// shares of it.
  package var levelSize: Size
  private var originX = 0
  private var originY = 0

  /// - Precondition: `values.count == channels * rows * columns`.
  package init(
    head: Int, strideInPixels: Int, columns: Int, rows: Int, channels: Int, values: [Float]
  ) {
    precondition(values.count == channels * rows * columns, "a map is channels x rows x columns")
    self.head = head
    self.strideInPixels = strideInPixels
    self.columns = columns
    self.rows = rows
    self.channels = channels
    self.values = values
    levelSize = Size(width: columns * strideInPixels, height: rows * strideInPixels)
  }

  /// The pixels that the cells cover.
  package var inputSize: Size {
    Size(width: columns * strideInPixels, height: rows * strideInPixels)
  }

  /// A rectangle of cells, as part of the same level.
  ///
  /// - Precondition: Ranges within the map.
  package func window(columns window: Range<Int>, rows windowRows: Range<Int>) -> DenseMap {
    precondition(
      window.lowerBound >= 0 && window.upperBound <= columns && windowRows.lowerBound >= 0
        && windowRows.upperBound <= rows, "a window lies within its map")
    var result: [Float] = []
    result.reserveCapacity(channels * window.count * windowRows.count)
    for channel in 0..<channels {
      for row in windowRows {
        let start = (channel * rows + row) * columns
        result += values[start + window.lowerBound..<start + window.upperBound]
      }
    }
    var map = DenseMap(
      head: head, strideInPixels: strideInPixels, columns: window.count, rows: windowRows.count,
      channels: channels, values: result)
    map.levelSize = levelSize
    map.originX = originX + window.lowerBound * strideInPixels
    map.originY = originY + windowRows.lowerBound * strideInPixels
    return map
  }
}
