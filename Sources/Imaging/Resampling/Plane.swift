package import Geometry

/// One channel of real numbers, `[height][width]`, row-major.
package struct Plane: Hashable, Sendable {
  package let size: Size
  package var values: [Float]

  /// - Precondition: `values.count == size.width * size.height`, both sides positive.
  package init(size: Size, values: [Float]) {
    precondition(size.width > 0 && size.height > 0, "a plane has at least one value")
    precondition(values.count == size.width * size.height, "values must be height x width")
    self.size = size
    self.values = values
  }

  /// The plane resized to `size`: columns first, then rows, sums in Double, rounded to Float after
  /// each pass.
  package func resized(to size: Size, filter: ResamplingFilter) -> Plane {
    let columns = ResamplingTable(filter, from: self.size.width, to: size.width)
    let rows = ResamplingTable(filter, from: self.size.height, to: size.height)
    var narrow: [Float] = []  // [self.height][size.width]
    narrow.reserveCapacity(size.width * self.size.height)
    for y in 0..<self.size.height {
      narrow += columns(Array(values[y * self.size.width..<(y + 1) * self.size.width]))
    }
    var result: [Float] = []
    result.reserveCapacity(size.width * size.height)
    for y in 0..<size.height {
      var sums = [Double](repeating: 0, count: size.width)
      for (tap, weight) in rows.weights[y].enumerated() {
        let start = (rows.starts[y] + tap) * size.width
        for x in 0..<size.width { sums[x] += weight * Double(narrow[start + x]) }
      }
      result += sums.map { Float($0) }
    }
    return Plane(size: size, values: result)
  }
}
