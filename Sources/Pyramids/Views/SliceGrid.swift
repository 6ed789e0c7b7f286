package import Geometry

/// Windows over a picture that overlap by a fixed number of pixels, row by row; the last of each row
/// and column is moved back so that it ends with the picture. The same slices as the Python package
/// `sahi` makes.
package struct SliceGrid: Hashable, Sendable {
  /// In source pixels, within the picture.
  package let slices: [Slice]

  /// One window and which of its sides lie inside the picture.
  package struct Slice: Hashable, Sendable {
    package var columns: Range<Int>
    package var rows: Range<Int>

    package var region: Box {
      Box(
        minX: Double(columns.lowerBound), minY: Double(rows.lowerBound),
        maxX: Double(columns.upperBound), maxY: Double(rows.upperBound))
    }

    package init(columns: Range<Int>, rows: Range<Int>) {
      self.columns = columns
      self.rows = rows
    }
  }

  /// Windows of one picture at most.
  package static let countLimit = 10_000

  /// - Parameters:
  ///   - slice: The windows' size; cut to the picture where that is smaller.
  ///   - overlap: Pixels that neighbours share, at least.
  /// - Throws: `PyramidError.invalidOption` for an empty window, an overlap that leaves no step, and
  ///   for more than `countLimit` windows.
  package init(source: Size, slice: Size, overlap: Size) throws(PyramidError) {
    guard slice.width > 0, slice.height > 0, (0..<slice.width).contains(overlap.width),
      (0..<slice.height).contains(overlap.height)
    else {
      throw .invalidOption("slices of \(slice) that overlap by \(overlap): the overlap is smaller")
    }
    let columns = Self.ranges(source.width, slice.width, overlap.width)
    let rows = Self.ranges(source.height, slice.height, overlap.height)
    let (count, overflow) = columns.count.multipliedReportingOverflow(by: rows.count)
    guard !overflow, count <= Self.countLimit else {
      throw .invalidOption(
        "slices of \(slice) for a picture of \(source): more than \(Self.countLimit)")
    }
    slices = rows.flatMap { row in columns.map { Slice(columns: $0, rows: row) } }
  }

  /// The windows of one axis; a million at most.
  private static func ranges(_ length: Int, _ side: Int, _ overlap: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    while ranges.count < 1_000_000 {
      let end = min(start + min(side, length), length)
      ranges.append(max(0, end - side)..<end)
      if end >= length { break }
      start = end - overlap
    }
    return ranges
  }
}
