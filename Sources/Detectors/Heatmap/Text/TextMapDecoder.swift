internal import Geometry

/// Turns a probability map of text into lines, as differentiable binarisation does
/// (arXiv:1911.08947): threshold, regions, smallest rectangles, their mean probability, unclipping.
///
/// The networks are trained on shrunken outlines; unclipping moves the sides out by
/// `area * ratio / perimeter`.
package struct TextMapDecoder: Hashable, Sendable {
  /// Cells above it are text.
  package var binaryThreshold: Float = 0.3
  /// Whether regions grow by a cell to the right and below before they are joined.
  package var dilates = true
  package var unclipRatio = 1.6
  /// Regions whose rectangle has a shorter side, in cells, are dropped.
  package var leastSide = 3.0

  package init() {}

  /// One line of text on the map.
  package struct Line: Hashable, Sendable {
    /// In cells with the origin at the map's outer corner, unclipped.
    package var rectangle: OrientedRectangle
    /// Mean probability within the rectangle before unclipping.
    package var score: Double
  }

  /// - Parameters:
  ///   - map: Finite probabilities, `[rows, columns]`.
  ///   - scoreThreshold: Lines with a score below it are dropped.
  /// - Returns: In the order of the regions' first cells.
  package func decode(
    _ map: [Float], columns: Int, scoreThreshold: Double
  ) -> [Line] {
    let rows = map.count / columns
    var mask = map.map { $0 > binaryThreshold }
    if dilates { Self.dilate(&mask, columns: columns) }
    return ConnectedRegions.runEnds(of: mask, columns: columns).compactMap { points in
      // Corners are cells' centres, as in the published program: outlines lose half a cell at each
      // side, which its unclip ratio is chosen for.
      var rectangle = OrientedRectangle(enclosing: points)
      guard rectangle.shorterSide >= leastSide else { return nil }
      let score = Self.mean(of: map, columns: columns, rows: rows, within: rectangle)
      guard score >= scoreThreshold else { return nil }
      rectangle = rectangle.expanded(by: rectangle.area * unclipRatio / rectangle.perimeter)
      guard rectangle.shorterSide >= leastSide + 2 else { return nil }
      rectangle.center.x += 0.5
      rectangle.center.y += 0.5
      return Line(rectangle: rectangle, score: score)
    }
  }

  /// Sets the right, lower and lower right neighbours of set cells.
  private static func dilate(_ mask: inout [Bool], columns: Int) {
    for index in mask.indices.reversed() where !mask[index] {
      let hasLeft = index % columns > 0
      let hasUpper = index >= columns
      mask[index] =
        hasLeft && mask[index - 1] || hasUpper && mask[index - columns]
        || hasLeft && hasUpper && mask[index - columns - 1]
    }
  }

  private static func mean(
    of map: [Float], columns: Int, rows: Int,
    within rectangle: OrientedRectangle
  ) -> Double {
    let ys = rectangle.corners.map(\.y)
    guard let low = ys.min(), let high = ys.max() else { return 0 }
    let first = max(Int(low.rounded(.up)), 0)
    let last = min(Int(high.rounded(.down)), rows - 1)
    var sum = 0.0
    var count = 0
    for row in stride(from: first, through: last, by: 1) {
      guard let span = rectangle.span(atRow: Double(row)) else { continue }
      let start = max(Int(span.lowerBound.rounded(.up)), 0)
      let end = min(Int(span.upperBound.rounded(.down)), columns - 1)
      for column in stride(from: start, through: end, by: 1) {
        sum += Double(map[row * columns + column])
        count += 1
      }
    }
    return count > 0 ? sum / Double(count) : 0
  }
}
