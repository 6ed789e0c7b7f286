package import Geometry

/// A rectangle with any orientation.
package struct OrientedRectangle: Hashable, Sendable {
  package var center: Point
  /// Unit vector along the first side.
  package var axis: Point
  /// Half the extent along `axis` and across it.
  package var halfLength: Double
  package var halfBreadth: Double

  /// The smallest rectangle by area around some points: one of its sides lies on the convex hull
  /// (Freeman and Shapira 1975), so each of the hull's edges is tried with rotating calipers.
  ///
  /// - Parameter points: Finite; of no points the rectangle is empty at the origin.
  /// - Complexity: O(n log n).
  package init(enclosing points: [Point]) {
    let hull = Self.convexHull(points)
    guard let first = hull.first else {
      self.init(center: Point(x: 0, y: 0), axis: Point(x: 1, y: 0), halfLength: 0, halfBreadth: 0)
      return
    }
    guard hull.count > 1 else {
      self.init(center: first, axis: Point(x: 1, y: 0), halfLength: 0, halfBreadth: 0)
      return
    }
    self = Self.smallest(around: hull)
  }

  private init(center: Point, axis: Point, halfLength: Double, halfBreadth: Double) {
    self.center = center
    self.axis = axis
    self.halfLength = halfLength
    self.halfBreadth = halfBreadth
  }

  package var area: Double { 4 * halfLength * halfBreadth }
  package var perimeter: Double { 4 * (halfLength + halfBreadth) }
  package var shorterSide: Double { 2 * min(halfLength, halfBreadth) }

  /// The same rectangle with every side moved outwards.
  package func expanded(by distance: Double) -> OrientedRectangle {
    var result = self
    result.halfLength += distance
    result.halfBreadth += distance
    return result
  }

  /// Clockwise on the screen from the corner with the least `x + y`.
  package var corners: [Point] {
    let (u, v) = (halfLength, halfBreadth)
    let points = [(-u, -v), (u, -v), (u, v), (-u, v)].map { along, across in
      Point(
        x: center.x + along * axis.x - across * axis.y,
        y: center.y + along * axis.y + across * axis.x)
    }
    let start = points.indices.min { points[$0].x + points[$0].y < points[$1].x + points[$1].y }
    return (0..<4).map { points[((start ?? 0) + $0) % 4] }
  }

  /// The columns of row `y` that lie inside, ends included; `nil` where none does.
  func span(atRow y: Double) -> ClosedRange<Double>? {
    let slack = 1e-6
    var (low, high) = (-Double.infinity, Double.infinity)
    // |a (x - cx) + b (y - cy)| <= bound, for both pairs of sides.
    for (a, b, bound) in [(axis.x, axis.y, halfLength), (-axis.y, axis.x, halfBreadth)] {
      let rest = b * (y - center.y)
      guard abs(a) > 1e-9 else {
        if abs(rest) > bound + slack { return nil }
        continue
      }
      let ends = [(-bound - slack - rest) / a, (bound + slack - rest) / a]
      low = max(low, center.x + min(ends[0], ends[1]))
      high = min(high, center.x + max(ends[0], ends[1]))
    }
    return low <= high ? low...high : nil
  }

  /// - Parameter hull: At least two distinct corners.
  private static func smallest(around hull: [Point]) -> OrientedRectangle {
    let count = hull.count
    var best: OrientedRectangle?
    var (far, right, left) = (1, 1, 1)
    for index in 0..<count {
      let (a, b) = (hull[index], hull[(index + 1) % count])
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      let length = (dx * dx + dy * dy).squareRoot()
      let axis = Point(x: dx / length, y: dy / length)
      let along = { (i: Int) in hull[i % count].x * axis.x + hull[i % count].y * axis.y }
      let across = { (i: Int) in hull[i % count].y * axis.x - hull[i % count].x * axis.y }
      // Each caliper only ever moves forward, and by at most one turn.
      right = max(right, index + 1)
      while right < index + count && along(right + 1) > along(right) { right += 1 }
      far = max(far, right)
      while far < index + count && across(far + 1) > across(far) { far += 1 }
      left = max(left, far)
      while left < index + count && along(left + 1) < along(left) { left += 1 }
      let (low, high) = (along(left), along(right))
      let (near, deep) = (across(index), across(far))
      let (u, v) = ((low + high) / 2, (near + deep) / 2)
      let rectangle = OrientedRectangle(
        center: Point(x: u * axis.x - v * axis.y, y: u * axis.y + v * axis.x), axis: axis,
        halfLength: max(high - low, 0) / 2, halfBreadth: max(deep - near, 0) / 2)
      if best.map({ rectangle.area < $0.area }) ?? true { best = rectangle }
    }
    return best ?? OrientedRectangle(enclosing: [])
  }

  /// The convex hull without points on its edges (Andrew's monotone chain), in the order in which
  /// `across` grows to the inside.
  private static func convexHull(_ points: [Point]) -> [Point] {
    let sorted = points.sorted { $0.x != $1.x ? $0.x < $1.x : $0.y < $1.y }
    guard let first = sorted.first, let last = sorted.last, first != last else {
      return Array(sorted.prefix(1))
    }
    func chain(_ points: some Sequence<Point>) -> [Point] {
      var chain: [Point] = []
      for point in points {
        while chain.count >= 2 {
          let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
          let turn = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
          if turn > 0 { break }
          chain.removeLast()
        }
        chain.append(point)
      }
      return Array(chain.dropLast())
    }
    return chain(sorted) + chain(sorted.reversed())
  }
}
