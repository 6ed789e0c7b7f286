/// An axis-aligned box in continuous edge coordinates.
///
/// The origin is the outer corner of the first pixel and pixel `i` covers `[i, i + 1)`, so
/// `width = maxX - minX` (no "+ 1"). The frame is stated by whoever holds the box; boxes that leave
/// a detector are in upright source pixels and may leave the picture until they are clipped.
package struct Box: Hashable, Sendable {
  package var minX: Double
  package var minY: Double
  package var maxX: Double
  package var maxY: Double

  package init(minX: Double, minY: Double, maxX: Double, maxY: Double) {
    self.minX = minX
    self.minY = minY
    self.maxX = maxX
    self.maxY = maxY
  }

  /// A box of the given size around a centre, all in the same frame.
  package init(centerX: Double, centerY: Double, width: Double, height: Double) {
    self.init(
      minX: centerX - width / 2, minY: centerY - height / 2,
      maxX: centerX + width / 2, maxY: centerY + height / 2)
  }

  package var width: Double { maxX - minX }
  package var height: Double { maxY - minY }
  /// Zero when either side is not positive.
  package var area: Double { width > 0 && height > 0 ? width * height : 0 }
  package var isFinite: Bool {
    minX.isFinite && minY.isFinite && maxX.isFinite && maxY.isFinite
  }

  /// The part inside a picture of `size` pixels; a box wholly outside collapses onto the border.
  package func clipped(to size: Size) -> Box {
    let width = Double(size.width)
    let height = Double(size.height)
    return Box(
      minX: min(max(minX, 0), width), minY: min(max(minY, 0), height),
      maxX: min(max(maxX, 0), width), maxY: min(max(maxY, 0), height))
  }
}
