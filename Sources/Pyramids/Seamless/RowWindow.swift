internal import Geometry
internal import Imaging

/// A band of rows that moves down a picture: the rows in use, no others, are in memory.
struct RowWindow {
  private let source: any RowSource
  private var samples: [UInt8]
  private(set) var rows: Range<Int> = 0..<0
  private var readCount = 0

  /// - Parameter height: Rows held at most.
  init(_ source: any RowSource, height: Int) {
    self.source = source
    samples = [UInt8](repeating: 0, count: height * source.size.width * 3)
  }

  /// Moves to other rows, which begin and end no earlier than those before.
  ///
  /// - Throws: `ImagingError`.
  mutating func move(to wanted: Range<Int>) throws {
    precondition(
      wanted.lowerBound >= rows.lowerBound && wanted.upperBound >= rows.upperBound
        && wanted.upperBound <= source.size.height, "rows are read from top to bottom")
    let rowLength = source.size.width * 3
    precondition(wanted.count * rowLength <= samples.count, "more rows than the window holds")
    let kept = max(rows.upperBound - wanted.lowerBound, 0)
    try samples.withUnsafeMutableBufferPointer { samples in
      let first = (rows.count - kept) * rowLength
      if kept > 0, first > 0, let base = samples.baseAddress {
        // Towards the front: rows may overlap.
        for row in 0..<kept {
          (base + row * rowLength).update(from: base + first + row * rowLength, count: rowLength)
        }
      }
      // Rows between two windows are read over.
      while readCount < wanted.lowerBound {
        try source.read(into: UnsafeMutableBufferPointer(rebasing: samples[..<rowLength]))
        readCount += 1
      }
      let fresh = wanted.upperBound - readCount
      let start = kept * rowLength
      try source.read(
        into: UnsafeMutableBufferPointer(rebasing: samples[start..<start + fresh * rowLength]))
      readCount += fresh
    }
    rows = wanted
  }

  /// A rectangle of the rows held, grey beyond the picture's right and lower border.
  func image(at origin: (x: Int, y: Int), size: Size, fill: UInt8) -> Image {
    let rowLength = source.size.width * 3
    let columns = max(min(size.width, source.size.width - origin.x), 0)
    var result = [UInt8](repeating: fill, count: size.width * size.height * 3)
    for y in 0..<size.height where rows.contains(origin.y + y) {
      let start = (origin.y + y - rows.lowerBound) * rowLength + origin.x * 3
      let target = y * size.width * 3
      result.withUnsafeMutableBufferPointer { result in
        samples.withUnsafeBufferPointer { samples in
          _ = UnsafeMutableBufferPointer(rebasing: result[target..<target + columns * 3]).update(
            from: UnsafeBufferPointer(rebasing: samples[start..<start + columns * 3]))
        }
      }
    }
    return Image(size: size, samples: result)
  }
}
