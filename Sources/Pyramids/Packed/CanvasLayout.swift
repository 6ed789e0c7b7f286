package import Geometry

/// Rectangles laid out on as few planes of one size as they fit on, without overlap.
///
/// Bottom-left fill as in FFLD (Dubout & Fleuret 2012, "Exact acceleration of linear object
/// detectors"): rectangles by falling area, then height; each goes into the first plane's first gap
/// that holds it, gaps in the order of `y`, `x`, falling height, falling width; a gap that it cuts
/// leaves the up to four largest rectangles that remain of it.
package struct CanvasLayout: Hashable, Sendable {
  /// Where a rectangle's top left corner lies.
  package struct Place: Hashable, Sendable {
    package var plane: Int
    package var x: Int
    package var y: Int

    package init(plane: Int, x: Int, y: Int) {
      self.plane = plane
      self.x = x
      self.y = y
    }
  }

  package let canvas: Size
  /// One per rectangle, in the caller's order.
  package let places: [Place]
  package let planeCount: Int

  /// - Parameters:
  ///   - rectangles: Sizes of at least one pixel. Where all are multiples of a number, so are the
  ///     places.
  ///   - canvas: The planes' size.
  /// - Throws: `PyramidError.invalidOption` for a rectangle that no plane holds.
  /// - Complexity: O(n * gaps * gaps), where a plane has about as many gaps as rectangles.
  package init(_ rectangles: [Size], canvas: Size) throws(PyramidError) {
    for size in rectangles where size.width > canvas.width || size.height > canvas.height {
      throw .invalidOption("canvas of \(canvas): the largest level takes \(size) of it")
    }
    let order = rectangles.indices.sorted { a, b in
      let (first, second) = (rectangles[a], rectangles[b])
      let (area, other) = (first.width * first.height, second.width * second.height)
      if area != other { return area > other }
      return first.height != second.height ? first.height > second.height : a < b
    }
    var planes: [[Gap]] = []
    var places = [Place](
      repeating: Place(plane: 0, x: 0, y: 0), count: rectangles.count)
    for index in order {
      let size = rectangles[index]
      var plane = 0
      var corner: Gap?
      while corner == nil {
        if plane == planes.count {
          planes.append([Gap(x: 0, y: 0, width: canvas.width, height: canvas.height)])
        }
        corner = planes[plane].first { $0.width >= size.width && $0.height >= size.height }
        if corner == nil { plane += 1 }
      }
      guard let corner else { continue }
      places[index] = Place(plane: plane, x: corner.x, y: corner.y)
      let taken = Gap(x: corner.x, y: corner.y, width: size.width, height: size.height)
      planes[plane] = Gap.remaining(of: planes[plane], without: taken)
    }
    self.canvas = canvas
    self.places = places
    planeCount = planes.count
  }

  /// The share of the planes' pixels that rectangles of these sizes cover.
  package func fill(_ sizes: [Size]) -> Double {
    guard planeCount > 0 else { return 0 }
    let covered = sizes.reduce(0.0) { $0 + Double($1.width) * Double($1.height) }
    return covered / (Double(canvas.width) * Double(canvas.height) * Double(planeCount))
  }
}

/// A free rectangle of a plane.
private struct Gap: Hashable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  /// The free rectangles once one is taken, in order; those within others are left out, which
  /// changes no choice, since what holds a rectangle comes before what it holds.
  static func remaining(of gaps: [Gap], without taken: Gap) -> [Gap] {
    var result: [Gap] = []
    for gap in gaps {
      if gap.intersects(taken) {
        result += gap.remainders(without: taken)
      } else {
        result.append(gap)
      }
    }
    let distinct = Set(result)
    return distinct.filter { gap in !distinct.contains { $0 != gap && $0.contains(gap) } }
      .sorted { a, b in
        if a.y != b.y { return a.y < b.y }
        if a.x != b.x { return a.x < b.x }
        return a.height != b.height ? a.height > b.height : a.width > b.width
      }
  }

  private func intersects(_ other: Gap) -> Bool {
    x < other.x + other.width && other.x < x + width && y < other.y + other.height
      && other.y < y + height
  }

  private func contains(_ other: Gap) -> Bool {
    x <= other.x && y <= other.y && x + width >= other.x + other.width
      && y + height >= other.y + other.height
  }

  private func remainders(without other: Gap) -> [Gap] {
    let (right, bottom) = (x + width, y + height)
    let (otherRight, otherBottom) = (other.x + other.width, other.y + other.height)
    return [
      Gap(x: x, y: y, width: other.x - x, height: height),
      Gap(x: otherRight, y: y, width: right - otherRight, height: height),
      Gap(x: x, y: y, width: width, height: other.y - y),
      Gap(x: x, y: otherBottom, width: width, height: bottom - otherBottom),
    ].filter { $0.width > 0 && $0.height > 0 }
  }
}
