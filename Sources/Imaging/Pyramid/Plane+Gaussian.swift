package import Geometry

/// The pyramid of Burt and Adelson (1983, "The Laplacian pyramid as a compact image code"): smooth
/// with `[1, 4, 6, 4, 1] / 16`, keep every second value.
extension Plane {
  /// The next coarser level: `ceil(size / 2)`, borders mirrored without repeating the last value.
  package func gaussianReduced() -> Plane {
    let size = Size(width: (self.size.width + 1) / 2, height: (self.size.height + 1) / 2)
    return separable(to: size) { row, count in
      (0..<count).map { index in
        var sum = 0.0
        for (tap, weight) in Self.binomial.enumerated() {
          sum += weight * row[Self.mirrored(2 * index + tap - 2, row.count)]
        }
        return sum / 16
      }
    }
  }

  /// This level enlarged to the size of the finer one: zeros between the values, then
  /// `[1, 4, 6, 4, 1] / 8`.
  ///
  /// - Precondition: `ceil(size / 2)` is the size of `self`.
  package func gaussianExpanded(to size: Size) -> Plane {
    precondition(
      (size.width + 1) / 2 == self.size.width && (size.height + 1) / 2 == self.size.height,
      "the finer level has twice the size, or one less")
    return separable(to: size) { row, count in
      (0..<count).map { index in
        var sum = 0.0
        // Odd places hold the zeros; mirroring keeps a place even.
        for (tap, weight) in Self.binomial.enumerated() where (index + tap) % 2 == 0 {
          sum += weight * row[Self.mirrored(index + tap - 2, count) / 2]
        }
        return sum / 8
      }
    }
  }

  /// What the next coarser level, enlarged, lacks: `self - reduced.expanded`. Adding it to that
  /// gives `self` back.
  package func laplacian(below reduced: Plane) -> Plane {
    let expanded = reduced.gaussianExpanded(to: size)
    return Plane(size: size, values: zip(values, expanded.values).map { $0 - $1 })
  }

  /// Levels of differences, finest first, then the coarsest smooth level.
  ///
  /// - Parameter levelCount: At least 1; ends early at a level of one value.
  package func laplacianPyramid(levelCount: Int) -> [Plane] {
    var levels: [Plane] = []
    var plane = self
    while levels.count + 1 < levelCount, plane.values.count > 1 {
      let reduced = plane.gaussianReduced()
      levels.append(plane.laplacian(below: reduced))
      plane = reduced
    }
    return levels + [plane]
  }

  /// The plane whose Laplacian pyramid is `levels`.
  ///
  /// - Parameter levels: As `laplacianPyramid` gives them, not empty.
  package static func reconstructed(fromLaplacian levels: [Plane]) -> Plane {
    precondition(!levels.isEmpty, "a pyramid has a level")
    return levels.dropLast().reversed().reduce(levels[levels.count - 1]) { coarse, difference in
      let expanded = coarse.gaussianExpanded(to: difference.size)
      return Plane(
        size: difference.size, values: zip(expanded.values, difference.values).map { $0 + $1 })
    }
  }

  private static let binomial = [1.0, 4, 6, 4, 1]

  /// Index `i` of an endless row that turns back at its first and last of `count` values.
  private static func mirrored(_ index: Int, _ count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let place = (index % period + period) % period
    return place < count ? place : period - place
  }

  /// Every row, then every column of the result, put through `line`.
  func separable(
    to size: Size, _ line: (_ values: [Double], _ count: Int) -> [Double]
  ) -> Plane {
    let (width, height) = (self.size.width, self.size.height)
    let rows = (0..<height).map { y in
      line(values[y * width..<(y + 1) * width].map(Double.init), size.width)
    }
    var result = [Float](repeating: 0, count: size.width * size.height)
    for x in 0..<size.width {
      for (y, value) in line(rows.map { $0[x] }, size.height).enumerated() {
        result[y * size.width + x] = Float(value)
      }
    }
    return Plane(size: size, values: result)
  }
}
