/// An affine, per-axis map between two frames, `target = source * scale + offset`, with its exact
/// inverse.
///
/// Whoever resizes, crops, pads or packs a picture returns the map from the source picture to the
/// new frame, made from the sizes actually used (never from a nominal scale).
///
/// Law: `map.inverse.apply(map.apply(p))` equals `p` up to rounding of Double (1e-9 relative).
package struct CoordinateMap: Hashable, Sendable {
  package var scaleX: Double
  package var scaleY: Double
  package var offsetX: Double
  package var offsetY: Double

  package init(scaleX: Double, scaleY: Double, offsetX: Double, offsetY: Double) {
    self.scaleX = scaleX
    self.scaleY = scaleY
    self.offsetX = offsetX
    self.offsetY = offsetY
  }

  package static let identity = CoordinateMap(scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0)

  /// The map of a plain resize: the outer edges of both pictures coincide.
  package static func resize(from source: Size, to target: Size) -> CoordinateMap {
    CoordinateMap(
      scaleX: Double(target.width) / Double(source.width),
      scaleY: Double(target.height) / Double(source.height), offsetX: 0, offsetY: 0)
  }

  package func apply(_ point: Point) -> Point {
    Point(x: point.x * scaleX + offsetX, y: point.y * scaleY + offsetY)
  }

  package func apply(_ box: Box) -> Box {
    Box(
      minX: box.minX * scaleX + offsetX, minY: box.minY * scaleY + offsetY,
      maxX: box.maxX * scaleX + offsetX, maxY: box.maxY * scaleY + offsetY)
  }

  /// The map back. Both scales must be non-zero.
  package var inverse: CoordinateMap {
    precondition(scaleX != 0 && scaleY != 0, "a map with a zero scale has no inverse")
    return CoordinateMap(
      scaleX: 1 / scaleX, scaleY: 1 / scaleY, offsetX: -offsetX / scaleX, offsetY: -offsetY / scaleY
    )
  }

  /// First `self`, then `next`.
  package func then(_ next: CoordinateMap) -> CoordinateMap {
    CoordinateMap(
      scaleX: scaleX * next.scaleX, scaleY: scaleY * next.scaleY,
      offsetX: offsetX * next.scaleX + next.offsetX,
      offsetY: offsetY * next.scaleY + next.offsetY)
  }
}
