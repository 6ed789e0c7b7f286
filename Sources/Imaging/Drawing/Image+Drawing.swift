internal import Geometry

extension PixelBuffer where Sample == UInt8 {
  /// The picture with boxes, labels and landmarks, the first annotation on top.
  ///
  /// Lines and letters grow with the shorter side. What lies outside the picture is cut off; boxes
  /// that are not finite are left out.
  package func drawing(_ annotations: [Annotation]) -> Image {
    var canvas = Canvas(self)
    for annotation in annotations.reversed() { canvas.draw(annotation) }
    return canvas.image
  }
}

/// An image being drawn on. Rectangles are in whole pixels, `max` exclusive.
private struct Canvas {
  var image: Image
  /// Pixels a line is thick.
  let thickness: Int
  /// Pixels a dot of a letter is wide.
  let dot: Int

  init(_ image: Image) {
    self.image = image
    let side = Double(min(image.size.width, image.size.height))
    thickness = max(1, Int((side / 200).rounded()))
    dot = max(1, Int((side / 260).rounded()))
  }

  mutating func draw(_ annotation: Annotation) {
    let box = annotation.box
    guard [box.minX, box.minY, box.maxX, box.maxY].allSatisfy(\.isFinite) else { return }
    let (left, top) = (pixel(box.minX), pixel(box.minY))
    let (right, bottom) = (max(pixel(box.maxX), left + 1), max(pixel(box.maxY), top + 1))
    let line = min(thickness, max(1, min(right - left, bottom - top) / 2))
    fill(left, top, right, top + line, annotation.color)
    fill(left, bottom - line, right, bottom, annotation.color)
    fill(left, top, left + line, bottom, annotation.color)
    fill(right - line, top, right, bottom, annotation.color)
    for landmark in annotation.landmarks where landmark.x.isFinite && landmark.y.isFinite {
      let (x, y) = (pixel(landmark.x), pixel(landmark.y))
      fill(x - thickness, y - thickness, x + thickness, y + thickness, annotation.color)
    }
    if !annotation.label.isEmpty {
      drawLabel(annotation.label, left: left, top: top, color: annotation.color)
    }
  }

  private mutating func drawLabel(_ label: String, left: Int, top: Int, color: Color) {
    let width = (label.count * BitmapFont.advance + 1) * dot
    let height = (BitmapFont.glyphHeight + 2) * dot
    let x = max(0, min(left, image.size.width - width))
    let y = max(0, top >= height ? top - height : min(top, image.size.height - height))
    fill(x, y, x + width, y + height, color)
    var penX = x + dot
    for character in label {
      for (row, bits) in BitmapFont.glyph(character).enumerated() {
        for column in 0..<BitmapFont.glyphWidth where bits >> (4 - column) & 1 == 1 {
          let (dotX, dotY) = (penX + column * dot, y + (row + 1) * dot)
          fill(dotX, dotY, dotX + dot, dotY + dot, color.contrastingText)
        }
      }
      penX += BitmapFont.advance * dot
      if penX >= image.size.width { break }
    }
  }

  private mutating func fill(_ minX: Int, _ minY: Int, _ maxX: Int, _ maxY: Int, _ color: Color) {
    let columns = max(minX, 0)..<max(max(minX, 0), min(maxX, image.size.width))
    for y in max(minY, 0)..<max(max(minY, 0), min(maxY, image.size.height)) {
      for x in columns {
        let start = (y * image.size.width + x) * 3
        image.samples[start] = color.red
        image.samples[start + 1] = color.green
        image.samples[start + 2] = color.blue
      }
    }
  }

  /// The nearest pixel edge, kept far from overflow.
  private func pixel(_ coordinate: Double) -> Int {
    Int(min(max(coordinate, -1_000_000_000), 1_000_000_000).rounded())
  }
}
