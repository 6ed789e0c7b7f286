#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The Gaussian that stands for one object in the target of a heatmap network (CornerNet,
/// arXiv:1808.01244; CenterNet, arXiv:1904.07850).
package struct GaussianTarget: Hashable, Sendable {
  /// Which solution of the radius' quadratic equations is taken.
  package enum RadiusFormula: Hashable, Sendable, CaseIterable {
    /// As published with the weights in use: `(b + root) / 2` for all three equations.
    case published
    /// The roots themselves: a box shifted by the radius keeps exactly the least overlap.
    case exact
  }

  /// The largest shift of a box's corners that keeps the IoU with it at `overlap`, in the unit of
  /// the sides.
  ///
  /// - Parameters: Sides not negative; `overlap` in `(0, 1)`.
  package static func radius(
    width: Double, height: Double, overlap: Double = 0.7, formula: RadiusFormula = .published
  ) -> Double {
    let sum = width + height
    let area = width * height
    // Corners shifted the same way; both inwards; both outwards.
    let equations = [
      (a: 1.0, b: sum, c: area * (1 - overlap) / (1 + overlap)),
      (a: 4.0, b: 2 * sum, c: (1 - overlap) * area),
      (a: 4 * overlap, b: -2 * overlap * sum, c: (overlap - 1) * area),
    ]
    return equations.map { equation in
      let root = max(equation.b * equation.b - 4 * equation.a * equation.c, 0).squareRoot()
      switch formula {
      case .published: return (equation.b + root) / 2
      case .exact:
        // The equation with a negative constant opens the other way.
        let signed = equation.c < 0 ? root : -root
        return (equation.b + signed) / (2 * equation.a)
      }
    }.min() ?? 0
  }

  package var radius: Int

  /// - Precondition: `radius` is not negative.
  package init(radius: Int) {
    precondition(radius >= 0, "a radius is not negative")
    self.radius = radius
  }

  /// The value `x` columns and `y` rows from the centre: `exp(-(x^2 + y^2) / (2 sigma^2))` with
  /// `sigma = (2 radius + 1) / 6`; 0 below the precision of Double.
  package func value(x: Int, y: Int) -> Double {
    let sigma = Double(2 * radius + 1) / 6
    let value = exp(-Double(x * x + y * y) / (2 * sigma * sigma))
    return value < Double.ulpOfOne ? 0 : value
  }

  /// Draws it into a map: the larger value stays where targets overlap, what lies outside is cut.
  ///
  /// - Parameters:
  ///   - map: `[rows, columns]`.
  ///   - centerX: Column of the centre, within the map; `centerY` its row.
  package func draw(into map: inout [Double], columns: Int, centerX: Int, centerY: Int) {
    precondition(columns > 0 && map.count % columns == 0, "a map of whole rows")
    let rows = map.count / columns
    precondition((0..<columns).contains(centerX) && (0..<rows).contains(centerY), "inside the map")
    for y in max(centerY - radius, 0)...min(centerY + radius, rows - 1) {
      for x in max(centerX - radius, 0)...min(centerX + radius, columns - 1) {
        let index = y * columns + x
        map[index] = max(map[index], value(x: x - centerX, y: y - centerY))
      }
    }
  }
}
