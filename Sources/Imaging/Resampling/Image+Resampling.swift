package import Geometry

extension PixelBuffer where Sample == UInt8 {
  /// The whole picture resized to `size`.
  ///
  /// Columns first, then rows; an axis whose length does not change is left alone. Each pass rounds
  /// half up to 8 bits with weights of 22 bits, so `.antialiased` is bit-equal to Pillow's `resize`
  /// with `BILINEAR`, `BICUBIC` (`a = -0.5`) and `LANCZOS`, wherever Pillow also takes columns first
  /// (it may not where the height shrinks much more than the width).
  ///
  /// - Returns: An image of size `size`; independent of any number of threads.
  package func resized(to size: Size, filter: ResamplingFilter) -> Image {
    var result = self
    if size.width != result.size.width {
      let table = ResamplingTable(filter, from: result.size.width, to: size.width)
      result = result.resampledColumns(FixedPointTable(table))
    }
    if size.height != result.size.height {
      let table = ResamplingTable(filter, from: result.size.height, to: size.height)
      result = result.resampledRows(FixedPointTable(table))
    }
    return result
  }

  private func resampledColumns(_ table: FixedPointTable) -> Image {
    let (width, height) = (table.count, size.height)
    let sourceWidth = size.width
    let samples = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
      self.samples.withUnsafeBufferPointer { source in
        table.weights.withUnsafeBufferPointer { weights in
          for y in 0..<height {
            for x in 0..<width {
              let taps = table.offsets[x]..<table.offsets[x + 1]
              var pixel = source.baseAddress! + (y * sourceWidth + table.starts[x]) * 3
              var (red, green, blue) = (half, half, half)
              for tap in taps {
                let weight = weights[tap]
                red &+= Int32(pixel[0]) &* weight
                green &+= Int32(pixel[1]) &* weight
                blue &+= Int32(pixel[2]) &* weight
                pixel += 3
              }
              let target = output.baseAddress! + (y * width + x) * 3
              target.initialize(to: clamped(red))
              (target + 1).initialize(to: clamped(green))
              (target + 2).initialize(to: clamped(blue))
            }
          }
        }
      }
      count = width * height * 3
    }
    return Image(size: Size(width: width, height: height), samples: samples)
  }

  private func resampledRows(_ table: FixedPointTable) -> Image {
    let rowCount = size.width * 3
    var sums = [Int32](repeating: 0, count: rowCount)
    let samples = [UInt8](unsafeUninitializedCapacity: rowCount * table.count) { output, count in
      self.samples.withUnsafeBufferPointer { source in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<table.count {
            sums.update(repeating: half)
            var row = source.baseAddress! + table.starts[y] * rowCount
            for tap in table.offsets[y]..<table.offsets[y + 1] {
              let weight = table.weights[tap]
              for x in 0..<rowCount { sums[x] &+= Int32(row[x]) &* weight }
              row += rowCount
            }
            let target = output.baseAddress! + y * rowCount
            for x in 0..<rowCount { (target + x).initialize(to: clamped(sums[x])) }
          }
        }
      }
      count = rowCount * table.count
    }
    return Image(size: Size(width: size.width, height: table.count), samples: samples)
  }
}

private let fractionBits: Int32 = 22
private let half: Int32 = 1 << 21

@inline(__always)
private func clamped(_ sum: Int32) -> UInt8 {
  UInt8(truncatingIfNeeded: min(max(sum &>> fractionBits, 0), 255))
}

/// A table with weights as integers of 22 fraction bits, rounded half away from zero.
private struct FixedPointTable {
  let count: Int
  let starts: [Int]
  /// Output `i` has weights `offsets[i]..<offsets[i + 1]`.
  let offsets: [Int]
  let weights: [Int32]

  init(_ table: ResamplingTable) {
    count = table.count
    starts = table.starts
    var offsets = [0]
    var weights: [Int32] = []
    for taps in table.weights {
      weights += taps.map { Int32(($0 * 4_194_304).rounded(.toNearestOrAwayFromZero)) }
      offsets.append(weights.count)
    }
    self.offsets = offsets
    self.weights = weights
  }
}
