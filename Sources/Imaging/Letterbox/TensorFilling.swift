package import Geometry

/// Resizes a picture into a rectangle of a network's input and fills the rest with padding.
///
/// Every element of `destination` is written. 8-bit resamplings round to 8 bits before the layout
/// is applied, as the programs do that they follow; `.darknet` stays in Float throughout.
///
/// - Parameters:
///   - destination: Float32 `[3][canvas.height][canvas.width]`, row-major.
///   - canvas: The network's input size.
///   - image: The upright picture.
///   - offset: Where the content's top-left pixel lies on the canvas.
///   - contentSize: The resized picture's size; it must lie within the canvas.
///   - resampling: Whose resize to follow.
///   - padding: Raw sample value around the content: 114 for YOLOX, 127.5 for Darknet.
///   - layout: Channel order, scale, mean and deviation.
package func fillTensor(
  _ destination: UnsafeMutableBufferPointer<Float>, canvas: Size, from image: Image,
  placedAt offset: (x: Int, y: Int), contentSize: Size, resampling: InputResampling,
  padding: Float, layout: TensorLayout
) {
  let placement = Placement(canvas: canvas, x: offset.x, y: offset.y, content: contentSize)
  precondition(destination.count == 3 * canvas.width * canvas.height, "a tensor of the canvas")
  for plane in 0..<3 {
    let start = destination.baseAddress! + plane * canvas.width * canvas.height
    placement.fillBorder(of: start, with: layout.value(of: padding, plane: plane))
  }
  if resampling == .darknet {
    fillDarknet(destination.baseAddress!, placement, from: image, layout: layout)
    return
  }
  let tables = layout.tables()
  let planeCount = canvas.width * canvas.height
  let width = contentSize.width
  tables.withUnsafeBufferPointer { tables in
    forEachResampledRow(of: image, to: contentSize, by: resampling) { y, row in
      let start =
        destination.baseAddress! + (offset.y + y) * canvas.width + offset.x
      for plane in 0..<3 {
        let table = tables.baseAddress! + plane * 256
        let source = row + layout.sourceChannel(ofPlane: plane)
        let target = start + plane * planeCount
        for x in 0..<width { target[x] = table[Int(source[3 * x])] }
      }
    }
  }
}

extension Image {
  /// The picture resized to `content`, on a canvas of one grey.
  ///
  /// - Parameters:
  ///   - content: Size of the resized picture, within the canvas.
  ///   - offset: Where its top-left pixel lies.
  ///   - fill: Sample of all three channels around it.
  /// - Returns: An image of size `canvas`. `.darknet` is rounded half up to 8 bits.
  package func letterboxed(
    content: Size, canvas: Size, offset: (x: Int, y: Int), fill: UInt8,
    resampling: InputResampling
  ) -> Image {
    let placement = Placement(canvas: canvas, x: offset.x, y: offset.y, content: content)
    var samples = [UInt8](repeating: fill, count: canvas.width * canvas.height * 3)
    samples.withUnsafeMutableBufferPointer { samples in
      forEachResampledRow(of: self, to: content, by: resampling) { y, row in
        let start = ((placement.y + y) * canvas.width + placement.x) * 3
        (samples.baseAddress! + start).update(from: row, count: content.width * 3)
      }
    }
    return Image(size: canvas, samples: samples)
  }

  /// The whole picture resized to `size`.
  package func resized(to size: Size, by resampling: InputResampling) -> Image {
    letterboxed(content: size, canvas: size, offset: (0, 0), fill: 0, resampling: resampling)
  }
}

/// A rectangle of content on a canvas.
struct Placement {
  let canvas: Size
  let x: Int
  let y: Int
  let content: Size

  init(canvas: Size, x: Int, y: Int, content: Size) {
    precondition(content.width > 0 && content.height > 0, "content has at least one pixel")
    precondition(
      x >= 0 && y >= 0 && x <= canvas.width - content.width
        && y <= canvas.height - content.height, "content lies within the canvas")
    self.canvas = canvas
    self.x = x
    self.y = y
    self.content = content
  }

  /// Writes `value` to every element of one plane `[canvas.height][canvas.width]` outside the
  /// content.
  func fillBorder(of plane: UnsafeMutablePointer<Float>, with value: Float) {
    let right = canvas.width - x - content.width
    plane.update(repeating: value, count: y * canvas.width)
    for row in y..<(y + content.height) {
      let start = plane + row * canvas.width
      start.update(repeating: value, count: x)
      (start + x + content.width).update(repeating: value, count: right)
    }
    let below = y + content.height
    (plane + below * canvas.width).update(
      repeating: value, count: (canvas.height - below) * canvas.width)
  }
}

/// Calls `body(y, row)` for each row of the resized picture, top to bottom; `row` holds
/// `[size.width][3]` samples and is valid during the call only.
func forEachResampledRow(
  of image: Image, to size: Size, by resampling: InputResampling,
  _ body: (_ y: Int, _ row: UnsafePointer<UInt8>) -> Void
) {
  if image.size == size {
    image.samples.withUnsafeBufferPointer { samples in
      for y in 0..<size.height { body(y, samples.baseAddress! + y * size.width * 3) }
    }
    return
  }
  switch resampling {
  case .openCVLinear:
    forEachOpenCVLinearRow(of: image, to: size, body)
  case .darknet:
    forEachDarknetRow(of: image, to: size, body)
  case .nearest:
    forEachNearestRow(of: image, to: size, body)
  case .antialiased:
    let resized = image.resized(to: size, filter: .antialiased(.triangle))
    resized.samples.withUnsafeBufferPointer { samples in
      for y in 0..<size.height { body(y, samples.baseAddress! + y * size.width * 3) }
    }
  }
}

private func forEachNearestRow(
  of image: Image, to size: Size, _ body: (_ y: Int, _ row: UnsafePointer<UInt8>) -> Void
) {
  let (sourceWidth, sourceHeight) = (image.size.width, image.size.height)
  // OpenCV multiplies by a reciprocal, so whole positions may fall to the sample before.
  let columns = nearestIndices(from: sourceWidth, to: size.width)
  let rows = nearestIndices(from: sourceHeight, to: size.height)
  var row = [UInt8](repeating: 0, count: size.width * 3)
  image.samples.withUnsafeBufferPointer { samples in
    row.withUnsafeMutableBufferPointer { row in
      for y in 0..<size.height {
        let source = samples.baseAddress! + rows[y] * sourceWidth * 3
        for x in 0..<size.width {
          let pixel = source + columns[x] * 3
          for channel in 0..<3 { row[3 * x + channel] = pixel[channel] }
        }
        body(y, UnsafePointer(row.baseAddress!))
      }
    }
  }
}

private func nearestIndices(from sourceCount: Int, to count: Int) -> [Int] {
  let scale = 1 / (Double(count) / Double(sourceCount))
  return (0..<count).map { min(Int(Double($0) * scale), sourceCount - 1) }
}
