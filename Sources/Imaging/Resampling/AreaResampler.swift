package import Geometry

/// Resizes a window of a picture into the planes of a network's input by averaging areas.
///
/// What lies outside the picture is black. Rows first, then columns, in Float.
package struct AreaResampler: Sendable {
  package let columns: AreaAxis
  package let rows: AreaAxis
  package let size: Size
  private let layout: TensorLayout
  private let roundsToBytes: Bool

  /// How the window's samples are averaged.
  package enum Method: Hashable, Sendable {
    /// OpenCV's `INTER_AREA`: exact areas where no side grows, else linear on both axes.
    case openCV
    /// PyTorch's adaptive mean.
    case adaptive
  }

  /// - Parameters:
  ///   - origin: The window's first column and row, possibly outside the picture.
  ///   - window: The window's size.
  ///   - source: The picture's size.
  ///   - size: The result's size.
  ///   - roundsToBytes: Whether samples are rounded to 8 bits (ties to even) before the layout.
  package init(
    _ method: Method, origin: (x: Int, y: Int) = (0, 0), window: Size, source: Size, to size: Size,
    roundsToBytes: Bool, layout: TensorLayout
  ) {
    let grows = size.width > window.width || size.height > window.height
    let kind: AreaAxis.Kind =
      switch method {
      case .adaptive: .adaptive
      case .openCV: grows ? .linear : .fractional
      }
    columns = AreaAxis(
      kind, start: origin.x, windowCount: window.width, sourceCount: source.width,
      count: size.width)
    rows = AreaAxis(
      kind, start: origin.y, windowCount: window.height, sourceCount: source.height,
      count: size.height)
    self.size = size
    self.layout = layout
    self.roundsToBytes = roundsToBytes
  }

  /// Writes some rows of the result.
  ///
  /// - Parameters:
  ///   - range: Rows of the result.
  ///   - image: The picture, of the size given to `init`.
  ///   - destination: Where the first of these rows goes; `[3][…][size.width]`.
  ///   - planeStride: Elements from one plane to the next.
  package func fill(
    rows range: Range<Int>, from image: Image, into destination: UnsafeMutablePointer<Float>,
    planeStride: Int
  ) {
    let rowCount = image.size.width * 3
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rowCount) { sums in
      image.samples.withUnsafeBufferPointer { samples in
        for row in range {
          sumRows(row, samples, rowCount, into: sums)
          sumColumns(
            sums, into: destination + (row - range.lowerBound) * size.width,
            planeStride: planeStride)
        }
      }
    }
  }

  /// The weighted sum of source rows: `[width][3]`.
  private func sumRows(
    _ row: Int, _ samples: UnsafeBufferPointer<UInt8>, _ rowCount: Int,
    into sums: UnsafeMutableBufferPointer<Float>
  ) {
    let target = sums.baseAddress!
    target.update(repeating: 0, count: rowCount)
    var source = samples.baseAddress! + Int(rows.starts[row]) * rowCount
    for tap in Int(rows.offsets[row])..<Int(rows.offsets[row + 1]) {
      let weight = rows.weights[tap]
      for x in 0..<rowCount { target[x] += weight * Float(source[x]) }
      source += rowCount
    }
  }

  private func sumColumns(
    _ sums: UnsafeMutableBufferPointer<Float>, into target: UnsafeMutablePointer<Float>,
    planeStride: Int
  ) {
    let scales = layout.affine
    columns.weights.withUnsafeBufferPointer { weights in
      columns.starts.withUnsafeBufferPointer { starts in
        columns.offsets.withUnsafeBufferPointer { offsets in
          for x in 0..<size.width {
            var pixel = sums.baseAddress! + 3 &* Int(starts[x])
            var sum = SIMD3<Float>()
            for tap in Int(offsets[x])..<Int(offsets[x &+ 1]) {
              sum += weights[tap] * SIMD3(pixel[0], pixel[1], pixel[2])
              pixel += 3
            }
            if roundsToBytes {
              sum = sum.rounded(.toNearestOrEven).clamped(
                lowerBound: SIMD3(repeating: 0), upperBound: SIMD3(repeating: 255))
            }
            for plane in 0..<3 {
              target[plane &* planeStride &+ x] =
                sum[layout.sourceChannel(ofPlane: plane)] * scales.scale[plane]
                + scales.shift[plane]
            }
          }
        }
      }
    }
  }
}

extension TensorLayout {
  /// `value(of:plane:)` as `sample * scale + shift`.
  fileprivate var affine: (scale: SIMD3<Float>, shift: SIMD3<Float>) {
    var result = (scale: SIMD3<Float>(), shift: SIMD3<Float>())
    for plane in 0..<3 {
      result.scale[plane] = scale / deviation[plane]
      result.shift[plane] = -mean[plane] / deviation[plane]
    }
    return result
  }
}
