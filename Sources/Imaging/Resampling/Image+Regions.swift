package import Geometry

extension PixelBuffer where Sample == UInt8 {
  /// The pixels of a rectangle.
  ///
  /// - Precondition: Ranges that are not empty, within the picture.
  package func cropped(columns: Range<Int>, rows: Range<Int>) -> Image {
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= size.width && rows.lowerBound >= 0
        && rows.upperBound <= size.height && !columns.isEmpty && !rows.isEmpty,
      "a crop lies within its picture")
    let lineCount = columns.count * 3
    let samples = [UInt8](unsafeUninitializedCapacity: lineCount * rows.count) { output, count in
      self.samples.withUnsafeBufferPointer { source in
        for (line, row) in rows.enumerated() {
          let start = source.baseAddress! + (row * size.width + columns.lowerBound) * 3
          (output.baseAddress! + line * lineCount).initialize(from: start, count: lineCount)
        }
      }
      count = lineCount * rows.count
    }
    return Image(size: Size(width: columns.count, height: rows.count), samples: samples)
  }

  /// The picture mirrored left to right.
  package func mirrored() -> Image {
    let width = size.width
    let samples = [UInt8](unsafeUninitializedCapacity: self.samples.count) { output, count in
      self.samples.withUnsafeBufferPointer { source in
        for row in 0..<size.height {
          for column in 0..<width {
            let from = (row * width + width - 1 - column) * 3
            let to = (row * width + column) * 3
            for channel in 0..<3 {
              output.initializeElement(at: to + channel, to: source[from + channel])
            }
          }
        }
      }
      count = self.samples.count
    }
    return Image(size: size, samples: samples)
  }

  /// The picture at the top left corner of a larger one of one grey.
  ///
  /// - Precondition: `canvas` is nowhere smaller.
  package func padded(to canvas: Size, fill: UInt8) -> Image {
    precondition(canvas.width >= size.width && canvas.height >= size.height, "padding adds")
    var samples = [UInt8](repeating: fill, count: canvas.width * canvas.height * 3)
    samples.withUnsafeMutableBufferPointer { output in
      self.samples.withUnsafeBufferPointer { source in
        for row in 0..<size.height {
          (output.baseAddress! + row * canvas.width * 3).update(
            from: source.baseAddress! + row * size.width * 3, count: size.width * 3)
        }
      }
    }
    return Image(size: canvas, samples: samples)
  }
}
