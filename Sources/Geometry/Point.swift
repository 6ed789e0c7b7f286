/// A point in continuous coordinates: x to the right, y down; pixel `i` covers `[i, i + 1)`.
package struct Point: Hashable, Sendable {
  package var x: Double
  package var y: Double

  package init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}
