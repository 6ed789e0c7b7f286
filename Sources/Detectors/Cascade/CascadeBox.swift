package import Geometry

/// The steps on boxes between the networks of MTCNN. Boxes here are 1-based and inclusive, as in
/// the authors' program: a box of one pixel at the top left corner is (1, 1, 1, 1).
extension Box {
  /// The box that cell `(column, row)` of the first network's output stands for.
  ///
  /// Its input is 12 pixels wide at a stride of 2: `trunc((2 c + 1) / scale)` to
  /// `trunc((2 c + 12) / scale)`.
  /// - Parameters:
  ///   - keepsFractions: Leaves the quotients untruncated.
  ///   - precision: Of the division. Quotients that are whole numbers of pixels, as at a
  ///   scale of 0.6 every third is, may fall a pixel short in Float32.
  package init(
    cascadeCell column: Int, row: Int, scale: Double,
    precision: CascadeConventions.Precision = .double, keepsFractions: Bool = false
  ) {
    func edge(_ cell: Int, _ offset: Int) -> Double {
      let place = 2 * cell + offset
      let quotient =
        switch precision {
        case .double: Double(place) / scale
        case .single: Double(Float(place) / Float(scale))
        }
      return keepsFractions ? quotient : quotient.rounded(.towardZero)
    }
    self.init(
      minX: edge(column, 1), minY: edge(row, 1), maxX: edge(column, 12), maxY: edge(row, 12))
  }

  /// Every edge moved by its share of the width or height, `plus` added to both.
  ///
  /// - Parameter regression: For minX, minY, maxX and maxY.
  package func regressed<Real: BinaryFloatingPoint>(
    by regression: SIMD4<Double>, plus: Double, in _: Real.Type = Double.self
  ) -> Box {
    let (minX, minY, maxX, maxY) = (Real(minX), Real(minY), Real(maxX), Real(maxY))
    let (width, height) = (maxX - minX + Real(plus), maxY - minY + Real(plus))
    return Box(
      minX: Double(minX + Real(regression[0]) * width),
      minY: Double(minY + Real(regression[1]) * height),
      maxX: Double(maxX + Real(regression[2]) * width),
      maxY: Double(maxY + Real(regression[3]) * height))
  }

  /// The square with the longer side around the same centre.
  package var squared: Box { squared(in: Double.self) }

  package func squared<Real: BinaryFloatingPoint>(in _: Real.Type) -> Box {
    let (minX, minY) = (Real(minX), Real(minY))
    let (width, height) = (Real(maxX) - minX, Real(maxY) - minY)
    let side = max(width, height)
    let (x, y) = (minX + width / 2 - side / 2, minY + height / 2 - side / 2)
    return Box(minX: Double(x), minY: Double(y), maxX: Double(x + side), maxY: Double(y + side))
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

extension CascadeConventions {
  /// A box moved by its regression, in the arithmetic of the program.
  func regressed(_ box: Box, by regression: SIMD4<Float>, plus: Double) -> Box {
    let regression = SIMD4<Double>(regression)
    return switch precision {
    case .double: box.regressed(by: regression, plus: plus, in: Double.self)
    case .single: box.regressed(by: regression, plus: plus, in: Float.self)
    }
  }

  /// The square that a crop is cut from.
  func square(_ box: Box) -> Box {
    switch precision {
    case .double: truncatesSquares ? box.squared.truncated : box.squared
    case .single:
      truncatesSquares ? box.squared(in: Float.self).truncated : box.squared(in: Float.self)
    }
  }
}
