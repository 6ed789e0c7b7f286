internal import Geometry

/// One axis of OpenCV's 8-bit `INTER_LINEAR`: two source indices per output with weights of 11 bits.
///
/// The position `(i + 0.5) * n / m - 0.5` is computed in Double and kept as Float; weights are
/// rounded half to even. Columns outside the picture take the edge with full weight; rows keep
/// their weights and repeat the edge row (the two roundings differ, so this matters).
private struct OpenCVLinearAxis {
  var first: [Int]
  var second: [Int]
  var firstWeight: [Int32]
  var secondWeight: [Int32]

  init(from sourceCount: Int, to count: Int, snapsEdges: Bool) {
    // The reference inverts the ratio twice; so must we, to land on the same rounding.
    let scale = 1 / (Double(count) / Double(sourceCount))
    first = []
    second = []
    firstWeight = []
    secondWeight = []
    for index in 0..<count {
      let position = Float((Double(index) + 0.5) * scale - 0.5)
      let floor = position.rounded(.down)
      var source = Int(floor)
      var fraction = position - floor
      if snapsEdges && source < 0 {
        source = 0
        fraction = 0
      }
      if snapsEdges && source >= sourceCount - 1 {
        source = sourceCount - 1
        fraction = 0
      }
      first.append(min(max(source, 0), sourceCount - 1))
      second.append(min(max(source + 1, 0), sourceCount - 1))
      firstWeight.append(Int32(((1 - fraction) * 2048).rounded(.toNearestOrEven)))
      secondWeight.append(Int32((fraction * 2048).rounded(.toNearestOrEven)))
    }
  }
}

/// OpenCV's `resize(…, INTER_LINEAR)` of 8-bit pixels, row by row.
///
/// Fixed-point as in OpenCV 4: columns give 19-bit sums; rows are combined as
/// `((b0 * (s0 >> 4)) >> 16) + ((b1 * (s1 >> 4)) >> 16) + 2) >> 2`. A shrink by exactly two on both
/// axes is the mean of 2 x 2 pixels, rounded half up.
func forEachOpenCVLinearRow(
  of image: Image, to size: Size, _ body: (_ y: Int, _ row: UnsafePointer<UInt8>) -> Void
) {
  if image.size.width == 2 * size.width && image.size.height == 2 * size.height {
    forEachHalvedRow(of: image, to: size, body)
    return
  }
  let columns = OpenCVLinearAxis(from: image.size.width, to: size.width, snapsEdges: true)
  let rows = OpenCVLinearAxis(from: image.size.height, to: size.height, snapsEdges: false)
  let rowCount = size.width * 3
  var sums = [Int32](repeating: 0, count: 2 * rowCount)
  var output = [UInt8](repeating: 0, count: rowCount)
  // The source row that each half of `sums` holds.
  var held = (-1, -1)
  image.samples.withUnsafeBufferPointer { samples in
    sums.withUnsafeMutableBufferPointer { sums in
      output.withUnsafeMutableBufferPointer { output in
        var upper = sums.baseAddress!
        var lower = upper + rowCount
        for y in 0..<size.height {
          let (first, second) = (rows.first[y], rows.second[y])
          if held.0 != first {
            if held.1 == first {
              swap(&upper, &lower)
              swap(&held.0, &held.1)
            } else {
              sumColumns(samples.baseAddress! + first * image.size.width * 3, columns, into: upper)
              held.0 = first
            }
          }
          if held.1 != second && first != second {
            sumColumns(samples.baseAddress! + second * image.size.width * 3, columns, into: lower)
            held.1 = second
          }
          combineRows(
            upper, first == second ? upper : lower, rows.firstWeight[y], rows.secondWeight[y],
            into: output.baseAddress!, count: rowCount)
          body(y, UnsafePointer(output.baseAddress!))
        }
      }
    }
  }
}

/// Weighted sums of neighbouring columns of one row: `[width][3]`, 19 bits.
private func sumColumns(
  _ row: UnsafePointer<UInt8>, _ columns: OpenCVLinearAxis, into sums: UnsafeMutablePointer<Int32>
) {
  let count = columns.first.count
  columns.first.withUnsafeBufferPointer { first in
    columns.second.withUnsafeBufferPointer { second in
      columns.firstWeight.withUnsafeBufferPointer { firstWeight in
        columns.secondWeight.withUnsafeBufferPointer { secondWeight in
          for x in 0..<count {
            let left = row + 3 &* first[x]
            let right = row + 3 &* second[x]
            let (a, b) = (firstWeight[x], secondWeight[x])
            let target = sums + 3 &* x
            target[0] = Int32(left[0]) &* a &+ Int32(right[0]) &* b
            target[1] = Int32(left[1]) &* a &+ Int32(right[1]) &* b
            target[2] = Int32(left[2]) &* a &+ Int32(right[2]) &* b
          }
        }
      }
    }
  }
}

private func combineRows(
  _ upper: UnsafePointer<Int32>, _ lower: UnsafePointer<Int32>, _ upperWeight: Int32,
  _ lowerWeight: Int32, into output: UnsafeMutablePointer<UInt8>, count: Int
) {
  for x in 0..<count {
    let a = (upperWeight &* (upper[x] &>> 4)) &>> 16
    let b = (lowerWeight &* (lower[x] &>> 4)) &>> 16
    output[x] = UInt8(truncatingIfNeeded: (a &+ b &+ 2) &>> 2)
  }
}

private func forEachHalvedRow(
  of image: Image, to size: Size, _ body: (_ y: Int, _ row: UnsafePointer<UInt8>) -> Void
) {
  var output = [UInt8](repeating: 0, count: size.width * 3)
  let stride = image.size.width * 3
  image.samples.withUnsafeBufferPointer { samples in
    output.withUnsafeMutableBufferPointer { output in
      for y in 0..<size.height {
        let upper = samples.baseAddress! + 2 * y * stride
        let lower = upper + stride
        for x in 0..<size.width {
          for channel in 0..<3 {
            let (left, right) = (6 &* x &+ channel, 6 &* x &+ channel &+ 3)
            let sum =
              Int32(upper[left]) &+ Int32(upper[right]) &+ Int32(lower[left]) &+ Int32(lower[right])
            output[3 &* x &+ channel] = UInt8(truncatingIfNeeded: (sum &+ 2) &>> 2)
          }
        }
        body(y, UnsafePointer(output.baseAddress!))
      }
    }
  }
}
