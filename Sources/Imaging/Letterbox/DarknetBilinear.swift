internal import Geometry

/// One axis of Darknet's bilinear resize: `position = i * (n - 1) / (m - 1)` in Float; the last
/// output takes the last input.
private struct DarknetAxis {
  var first: [Int]
  var fraction: [Float]

  init(from sourceCount: Int, to count: Int) {
    let scale = count > 1 ? Float(sourceCount - 1) / Float(count - 1) : 0
    first = []
    fraction = []
    for index in 0..<count {
      let position = Float(index) * scale
      let source = Int(position)
      if index == count - 1 || sourceCount == 1 || source >= sourceCount - 1 {
        first.append(sourceCount - 1)
        fraction.append(0)
      } else {
        first.append(source)
        fraction.append(position - Float(source))
      }
    }
  }
}

/// Darknet's letterbox content in Float, straight into the tensor's planes.
func fillDarknet(
  _ destination: UnsafeMutablePointer<Float>, _ placement: Placement, from image: Image,
  layout: TensorLayout
) {
  let canvas = placement.canvas
  let width = placement.content.width
  forEachDarknetFloatRow(of: image, to: placement.content, layout: layout) { y, row in
    let start = destination + (placement.y + y) * canvas.width + placement.x
    for plane in 0..<3 {
      (start + plane * canvas.width * canvas.height).update(from: row + plane * width, count: width)
    }
  }
}

/// The same resize rounded half up to 8 bits, rows of `[width][3]`.
func forEachDarknetRow(
  of image: Image, to size: Size, _ body: (_ y: Int, _ row: UnsafePointer<UInt8>) -> Void
) {
  let width = size.width
  var output = [UInt8](repeating: 0, count: width * 3)
  let layout = TensorLayout(order: .rgb, scale: 1)
  forEachDarknetFloatRow(of: image, to: size, layout: layout) { y, row in
    for plane in 0..<3 {
      for x in 0..<width {
        output[3 * x + plane] = UInt8(min(max(row[plane * width + x] + 0.5, 0), 255))
      }
    }
    output.withUnsafeBufferPointer { body(y, $0.baseAddress!) }
  }
}

/// Rows of `[3][width]` Floats in the layout's channel order. The layout is applied first: the
/// reference interpolates samples that are already divided by 255.
private func forEachDarknetFloatRow(
  of image: Image, to size: Size, layout: TensorLayout,
  _ body: (_ y: Int, _ row: UnsafePointer<Float>) -> Void
) {
  let columns = DarknetAxis(from: image.size.width, to: size.width)
  let rows = DarknetAxis(from: image.size.height, to: size.height)
  let rowCount = size.width * 3
  let tables = layout.tables()
  var upper = [Float](repeating: 0, count: rowCount)
  var lower = upper
  var output = upper
  var held = (-1, -1)
  for y in 0..<size.height {
    let first = rows.first[y]
    let second = min(first + 1, image.size.height - 1)
    if held.0 != first {
      if held.1 == first {
        swap(&upper, &lower)
        swap(&held.0, &held.1)
      } else {
        resampleColumns(of: image, row: first, columns, tables, layout, into: &upper)
        held.0 = first
      }
    }
    let fraction = rows.fraction[y]
    if fraction > 0 && held.1 != second {
      resampleColumns(of: image, row: second, columns, tables, layout, into: &lower)
      held.1 = second
    }
    output.withUnsafeMutableBufferPointer { output in
      upper.withUnsafeBufferPointer { upper in
        lower.withUnsafeBufferPointer { lower in
          if fraction > 0 {
            for x in 0..<rowCount { output[x] = (1 - fraction) * upper[x] + fraction * lower[x] }
          } else {
            for x in 0..<rowCount { output[x] = upper[x] }
          }
        }
      }
      body(y, UnsafePointer(output.baseAddress!))
    }
  }
}

private func resampleColumns(
  of image: Image, row: Int, _ columns: DarknetAxis, _ tables: [Float], _ layout: TensorLayout,
  into output: inout [Float]
) {
  let width = columns.first.count
  let lastColumn = image.size.width - 1
  image.samples.withUnsafeBufferPointer { samples in
    tables.withUnsafeBufferPointer { tables in
      output.withUnsafeMutableBufferPointer { output in
        columns.first.withUnsafeBufferPointer { first in
          columns.fraction.withUnsafeBufferPointer { fraction in
            for plane in 0..<3 {
              let source =
                samples.baseAddress! + row * image.size.width * 3
                + layout.sourceChannel(ofPlane: plane)
              let table = tables.baseAddress! + plane * 256
              let target = output.baseAddress! + plane * width
              for x in 0..<width {
                let left = first[x]
                let right = min(left &+ 1, lastColumn)
                let a = table[Int(source[3 &* left])]
                let b = table[Int(source[3 &* right])]
                target[x] = (1 - fraction[x]) * a + fraction[x] * b
              }
            }
          }
        }
      }
    }
  }
}
