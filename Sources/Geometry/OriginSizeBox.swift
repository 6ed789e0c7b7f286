/// A box as annotation files hold it: its top left corner and its sides, continuous coordinates.
///
/// Kept beside `Box` because `(x + width) - x` is not always `width` in floating-point arithmetic,
/// and scores are compared with those of other programs to the last digit.
package struct OriginSizeBox: Hashable, Sendable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  package init(_ box: Box) {
    self.init(x: box.minX, y: box.minY, width: box.width, height: box.height)
  }

  /// The same box by its edges.
  package var edges: Box { Box(minX: x, minY: y, maxX: x + width, maxY: y + height) }

  package var area: Double { width * height }

  package var isFinite: Bool {
    x.isFinite && y.isFinite && width.isFinite && height.isFinite
  }

  /// Intersection over union with an object, or, for a region that stands for a crowd, over this
  /// box's own area: a box inside a crowd overlaps it wholly.
  ///
  /// The order of the operations is that of `bbIou` in COCO's `maskApi.c`.
  ///
  /// - Returns: In `[0, 1]` up to rounding; 0 where the boxes do not touch.
  package func overlap(with object: OriginSizeBox, isCrowd: Bool) -> Double {
    let common = min(width + x, object.width + object.x) - max(x, object.x)
    guard common > 0 else { return 0 }
    let rows = min(height + y, object.height + object.y) - max(y, object.y)
    guard rows > 0 else { return 0 }
    let intersection = common * rows
    let whole = isCrowd ? area : area + object.area - intersection
    return intersection / whole
  }
}
