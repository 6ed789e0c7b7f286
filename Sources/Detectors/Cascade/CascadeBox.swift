package import Geometry

/// The steps on boxes between the networks of MTCNN. Boxes here are 1-based and inclusive, as in
/// the authors' program: a box of one pixel at the top left corner is (1, 1, 1, 1).
extension Box {
  /// The box that cell `(column, row)` of the first network's output stands for.
  ///
  /// Its input is 12 pixels wide at a stride of 2: `trunc((2 c + 1) / scale)` to
  /// `trunc((2 c + 12) / scale)`.
  package init(cascadeCell column: Int, row: Int, scale: Double) {
    func edge(_ cell: Int, _ offset: Double) -> Double {
      ((2 * Double(cell) + offset) / scale).rounded(.towardZero)
    }
    self.init(
      minX: edge(column, 1), minY: edge(row, 1), maxX: edge(column, 12), maxY: edge(row, 12))
  }

  /// Every edge moved by its share of the width or height, `plus` added to both.
  ///
  /// - Parameter regression: For minX, minY, maxX and maxY.
  package func regressed(by regression: SIMD4<Double>, plus: Double) -> Box {
    let (width, height) = (width + plus, height + plus)
    return Box(
      minX: minX + regression[0] * width, minY: minY + regression[1] * height,
      maxX: maxX + regression[2] * width, maxY: maxY + regression[3] * height)
  }

  /// The square with the longer side around the same centre.
  package var squared: Box {
    let side = max(width, height)
    let (x, y) = (minX + width / 2 - side / 2, minY + height / 2 - side / 2)
    return Box(minX: x, minY: y, maxX: x + side, maxY: y + side)
  }

  /// Edges truncated towards zero.
  package var truncated: Box {
    Box(
      minX: minX.rounded(.towardZero), minY: minY.rounded(.towardZero),
      maxX: maxX.rounded(.towardZero), maxY: maxY.rounded(.towardZero))
  }

  /// The 1-based inclusive box in continuous edge coordinates.
  package var fromInclusive: Box { Box(minX: minX - 1, minY: minY - 1, maxX: maxX, maxY: maxY) }

  /// Landmarks relative to the box, as source pixels: `x = w * p + minX - 1` with `plus` in `w`.
  ///
  /// - Parameter relative: Five x, then five y.
  package func landmarks(_ relative: [Float], plus: Double) -> [Point] {
    let count = relative.count / 2
    return (0..<count).map { index in
      Point(
        x: (width + plus) * Double(relative[index]) + minX - 1,
        y: (height + plus) * Double(relative[count + index]) + minY - 1)
    }
  }
}
