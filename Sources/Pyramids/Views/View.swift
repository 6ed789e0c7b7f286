package import Geometry

/// A region of the upright source picture, looked at with some size: what one pass of a detector
/// sees.
package struct View: Hashable, Sendable {
  /// The rectangle of source pixels that is cut out, inside the picture.
  package var region: Box
  /// The size in pixels to which the region is resized.
  package var size: Size

  package init(region: Box, size: Size) {
    self.region = region
    self.size = size
  }

  /// The whole picture, resized to `size`.
  package init(whole source: Size, size: Size) {
    self.init(
      region: Box(minX: 0, minY: 0, maxX: Double(source.width), maxY: Double(source.height)),
      size: size)
  }

  /// From source pixels to the view's pixels, per axis by the ratio actually used; its inverse
  /// takes boxes back.
  package var map: CoordinateMap {
    let scaleX = Double(size.width) / region.width
    let scaleY = Double(size.height) / region.height
    return CoordinateMap(
      scaleX: scaleX, scaleY: scaleY, offsetX: -region.minX * scaleX,
      offsetY: -region.minY * scaleY)
  }
}
