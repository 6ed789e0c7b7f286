extension Plane {
  /// The plane smoothed by a triangle of `radius`, `[1, …, r, r + 1, r, …, 1] / (r + 1)^2` along
  /// both axes, borders mirrored with the last value repeated (Dollár et al. 2014, "Fast feature
  /// pyramids for object detection").
  ///
  /// - Parameter radius: Not negative; 0 leaves the plane as it is.
  package func triangleSmoothed(radius: Int) -> Plane {
    precondition(radius >= 0, "a radius is not negative")
    guard radius > 0 else { return self }
    let norm = Double((radius + 1) * (radius + 1))
    return separable(to: size) { line, count in
      (0..<count).map { index in
        var sum = 0.0
        for offset in -radius...radius {
          let weight = Double(radius + 1 - abs(offset))
          sum += weight * line[Self.reflected(index + offset, count)]
        }
        return sum / norm
      }
    }
  }

  /// The standard deviation of that filter: `sqrt(r * (r + 2) / 6)`.
  package static func triangleDeviation(radius: Int) -> Double {
    (Double(radius * (radius + 2)) / 6).squareRoot()
  }

  /// Index `i` of an endless row that turns back behind its first and last of `count` values.
  private static func reflected(_ index: Int, _ count: Int) -> Int {
    let period = 2 * count
    let place = (index % period + period) % period
    return place < count ? place : period - 1 - place
  }
}
