/// Where the positions of the picture lie in a value's shape.
enum SpatialLayout: Hashable {
  /// The rows are axis `rows`, the columns the axis after it.
  case map(rows: Int)
  /// The positions of one or several maps are entries of one axis, map after map.
  case cells(axis: Int, parts: [CellPart])

  /// One map on an axis: `[outer][rows][columns][inner]` entries.
  struct CellPart: Hashable {
    var outer: Int
    var rows: Int
    var columns: Int
    var inner: Int
    /// The map that the positions are from, by position in the walk's list.
    var map: Int

    var count: Int { outer * rows * columns * inner }
  }

  /// The axes along which positions lie.
  func contains(axis: Int) -> Bool {
    switch self {
    case .map(let rows): axis == rows || axis == rows + 1
    case .cells(let place, _): axis == place
    }
  }

  /// The layout after axes are reordered; `nil` where rows and columns do not stay neighbours.
  func transposed(_ permutation: [Int]) -> SpatialLayout? {
    switch self {
    case .map(let rows):
      guard let row = permutation.firstIndex(of: rows), row + 1 < permutation.count,
        permutation[row + 1] == rows + 1
      else { return nil }
      return .map(rows: row)
    case .cells(let axis, let parts):
      return permutation.firstIndex(of: axis).map { .cells(axis: $0, parts: parts) }
    }
  }

  /// The layout after one axis before or behind it is dropped.
  func dropping(axes: Set<Int>) -> SpatialLayout {
    func moved(_ axis: Int) -> Int { axis - axes.count { $0 < axis } }
    switch self {
    case .map(let rows): return .map(rows: moved(rows))
    case .cells(let axis, let parts): return .cells(axis: moved(axis), parts: parts)
    }
  }

  /// The layout under another shape of the same elements; `nil` where the positions do not stay
  /// whole axes.
  ///
  /// - Parameter map: The number of the value's map in the walk's list.
  func reshaped(from: [Int], to: [Int], map: Int) -> SpatialLayout? {
    switch self {
    case .map(let rows):
      let part = CellPart(
        outer: from[..<rows].reduce(1, *), rows: from[rows], columns: from[rows + 1],
        inner: from[(rows + 2)...].reduce(1, *), map: map)
      return Self.map(part, in: to) ?? Self.cells(part, in: to)
    case .cells(let axis, let parts):
      let before = from[..<axis].reduce(1, *)
      var product = 1
      for (place, size) in to.enumerated() {
        if product == before, size == from[axis] { return .cells(axis: place, parts: parts) }
        product *= size
      }
      guard parts.count == 1, var part = parts.first else { return nil }
      part.outer *= before
      part.inner *= from[(axis + 1)...].reduce(1, *)
      return Self.map(part, in: to)
    }
  }

  private static func map(_ part: CellPart, in shape: [Int]) -> SpatialLayout? {
    var product = 1
    for (place, size) in shape.enumerated().dropLast() {
      if product == part.outer, size == part.rows, shape[place + 1] == part.columns {
        return .map(rows: place)
      }
      product *= size
    }
    return nil
  }

  private static func cells(_ part: CellPart, in shape: [Int]) -> SpatialLayout? {
    var product = 1
    for (place, size) in shape.enumerated() {
      let after = shape[(place + 1)...].reduce(1, *)
      if product > 0, after > 0, part.outer % product == 0, part.inner % after == 0 {
        var part = part
        part.outer /= product
        part.inner /= after
        if part.count == size { return .cells(axis: place, parts: [part]) }
      }
      product *= size
    }
    return nil
  }
}
