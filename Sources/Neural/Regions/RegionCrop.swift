/// Cuts one region out of an output, as the network would have given it for that region alone.
package struct RegionCrop: Hashable, Sendable {
  /// One map on the output: `[outer][rows][columns][inner]` entries.
  package struct Part: Hashable, Sendable {
    package var outer: Int
    package var rows: Int
    package var columns: Int
    package var inner: Int
    /// What is cut out of the map.
    package var region: SpatialRegion
  }

  /// The output's shape.
  let shape: [Int]
  /// The axes along which positions lie: rows and columns, or one axis of cells.
  let axes: Swift.Range<Int>
  package var parts: [Part]

  init(shape: [Int], axes: Swift.Range<Int>, parts: [Part]) {
    self.shape = shape
    self.axes = axes
    self.parts = parts
  }

  /// The same cut on an output of another shape, the whole picture's for example.
  package func over(_ shape: [Int]) -> RegionCrop {
    RegionCrop(shape: shape, axes: axes, parts: parts)
  }

  /// The shape of what is cut out.
  package var croppedShape: [Int] {
    var result = shape
    if axes.count == 2 {
      result[axes.lowerBound] = parts[0].region.rows.count
      result[axes.lowerBound + 1] = parts[0].region.columns.count
    } else {
      result[axes.lowerBound] = parts.reduce(0) {
        $0 + $1.outer * $1.region.rows.count * $1.region.columns.count * $1.inner
      }
    }
    return result
  }

  package var croppedCount: Int { croppedShape.reduce(1, *) }

  /// Copies the region's elements.
  ///
  /// - Parameters:
  ///   - source: All elements of the output.
  ///   - target: `croppedCount` elements.
  package func copy(
    from source: UnsafeBufferPointer<Float>, to target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(source.count == shape.reduce(1, *) && target.count == croppedCount)
    let innerCount = shape[axes.upperBound...].reduce(1, *)
    var (start, place) = (0, 0)
    for _ in 0..<shape[..<axes.lowerBound].reduce(1, *) {
      for part in parts {
        let cell = part.inner * innerCount
        let run = part.region.columns.count * cell
        for outer in 0..<part.outer {
          for row in part.region.rows {
            let first = (outer * part.rows + row) * part.columns + part.region.columns.lowerBound
            let from = UnsafeBufferPointer(
              rebasing: source[start + first * cell..<start + first * cell + run])
            _ = UnsafeMutableBufferPointer(rebasing: target[place..<place + run]).update(from: from)
            place += run
          }
        }
        start += part.outer * part.rows * part.columns * cell
      }
    }
  }

  /// The region's elements.
  package func cropped(_ source: UnsafeBufferPointer<Float>) -> [Float] {
    [Float](unsafeUninitializedCapacity: croppedCount) { target, count in
      copy(from: source, to: UnsafeMutableBufferPointer(rebasing: target[..<croppedCount]))
      count = croppedCount
    }
  }
}
