internal import CKernels
package import Geometry

/// Resizes a window of a picture into the planes of a network's input by averaging areas.
///
/// What lies outside the picture is black. Rows first, then columns, in Float.
package final class AreaResampler: Sendable {
  package let size: Size
  /// Size of the picture.
  package let sourceSize: Size
  private let tables: AreaTables

  /// How the window's samples are averaged.
  package enum Method: Hashable, Sendable {
    /// OpenCV's `INTER_AREA`: exact areas where no side grows, else linear on both axes.
    case openCV
    /// PyTorch's adaptive mean: the sum divided by the rows and then by the columns it is over.
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
    self.size = size
    sourceSize = source
    tables = AreaTables(
      columns: AreaAxis(
        kind, start: origin.x, windowCount: window.width, sourceCount: source.width,
        count: size.width),
      rows: AreaAxis(
        kind, start: origin.y, windowCount: window.height, sourceCount: source.height,
        count: size.height),
      source: source, roundsToBytes: roundsToBytes, layout: layout)
  }

  /// Writes some rows of the result.
  ///
  /// - Parameters:
  ///   - rows: Rows of the result.
  ///   - columns: Columns of the result; by default all.
  ///   - image: The picture, of the size given to `init`.
  ///   - destination: Where the first of these rows goes; `[3][…][columns.count]`.
  ///   - planeStride: Elements from one plane to the next.
  package func fill(
    rows: Range<Int>, columns: Range<Int>? = nil, from image: Image,
    into destination: UnsafeMutablePointer<Float>, planeStride: Int
  ) {
    let columns = columns ?? 0..<size.width
    image.samples.withUnsafeBufferPointer { samples in
      fill(
        rows: rows, columns: columns, from: samples, into: destination, planeStride: planeStride)
    }
  }

  /// As the above, from the samples of the picture.
  ///
  /// - Precondition: As many samples as a picture of `sourceSize` has; ranges of the result.
  package func fill(
    rows: Range<Int>, columns: Range<Int>, from samples: UnsafeBufferPointer<UInt8>,
    into destination: UnsafeMutablePointer<Float>, planeStride: Int
  ) {
    precondition(samples.count == sourceSize.width * sourceSize.height * 3, "another picture")
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= size.height && columns.lowerBound >= 0
        && columns.upperBound <= size.width, "rows and columns of the result")
    guard !columns.isEmpty else { return }
    var area = tables.area
    area.samples = samples.baseAddress
    let (first, count) = (Int32(columns.lowerBound), Int32(columns.count))
    let scratchCount = ck_area_scratch(&area, first, count)
    withUnsafeTemporaryAllocation(byteCount: scratchCount * 4, alignment: 64) { scratch in
      let scratch = scratch.bindMemory(to: Float.self).baseAddress
      for row in rows {
        ck_area_row(
          Self.instructionSet, &area, Int32(row), first, count, scratch,
          destination + (row - rows.lowerBound) * columns.count, planeStride)
      }
    }
  }

  private static let instructionSet: ck_isa =
    [CK_ISA_AVX512, CK_ISA_AVX2].first { ck_isa_available($0) != 0 } ?? CK_ISA_PORTABLE
}

/// The kernel's description of a resize, with the memory that it points to.
private final class AreaTables: @unchecked Sendable {
  // Written by `init` only.
  private(set) var area = ck_area()
  private let integers: UnsafeMutablePointer<Int32>
  private let floats: UnsafeMutablePointer<Float>

  init(columns: AreaAxis, rows: AreaAxis, source: Size, roundsToBytes: Bool, layout: TensorLayout) {
    let taps = columns.mostTaps
    integers = .allocate(capacity: rows.starts.count + rows.offsets.count + columns.starts.count)
    floats = .allocate(
      capacity: rows.weights.count + rows.divisors.count + columns.divisors.count
        + columns.starts.count * taps)
    area.row_samples = source.width * 3
    area.columns = Int32(source.width)
    var integer = integers
    area.row_starts = rows.starts.write(to: &integer)
    area.row_offsets = rows.offsets.write(to: &integer)
    area.column_starts = columns.starts.write(to: &integer)
    // Zero taps past the picture may have any start.
    for index in columns.starts.indices {
      let start = integer - columns.starts.count + index
      start.pointee = min(start.pointee, area.columns)
    }
    var float = floats
    if rows.divisors.isEmpty || columns.divisors.isEmpty {
      area.row_weights = rows.weights.write(to: &float)
    } else {
      // Sums without weights are quicker; those of the columns are 1.
      area.row_divisors = rows.divisors.write(to: &float)
      area.column_divisors = columns.divisors.write(to: &float)
    }
    area.column_weights = UnsafePointer(float)
    area.column_taps = Int32(taps)
    columns.writePaddedWeights(taps: taps, to: float)
    area.to_bytes = roundsToBytes ? 1 : 0
    // `value(of:plane:)` as `sample * scale + shift`.
    let (scale, mean, deviation) = (layout.scale, layout.mean, layout.deviation)
    area.scales = (scale / deviation[0], scale / deviation[1], scale / deviation[2])
    area.shifts = (-mean[0] / deviation[0], -mean[1] / deviation[1], -mean[2] / deviation[2])
    area.channels = (
      Int32(layout.sourceChannel(ofPlane: 0)), Int32(layout.sourceChannel(ofPlane: 1)),
      Int32(layout.sourceChannel(ofPlane: 2))
    )
  }

  deinit {
    integers.deallocate()
    floats.deallocate()
  }
}

extension Array where Element: BitwiseCopyable {
  /// Copies the elements, moves the pointer past them and tells where they are.
  fileprivate func write(to place: inout UnsafeMutablePointer<Element>) -> UnsafePointer<Element> {
    let start = place
    start.initialize(from: self, count: count)
    place += count
    return UnsafePointer(start)
  }
}

extension AreaAxis {
  /// At least one.
  fileprivate var mostTaps: Int {
    var taps = 1
    for index in starts.indices { taps = max(taps, Int(offsets[index + 1] - offsets[index])) }
    return taps
  }

  /// Writes equally many weights for all outputs; those added are 0.
  fileprivate func writePaddedWeights(taps: Int, to place: UnsafeMutablePointer<Float>) {
    weights.withUnsafeBufferPointer { weights in
      offsets.withUnsafeBufferPointer { offsets in
        for index in starts.indices {
          let (first, end) = (Int(offsets[index]), Int(offsets[index + 1]))
          for tap in 0..<taps {
            place[index * taps + tap] = first + tap < end ? weights[first + tap] : 0
          }
        }
      }
    }
  }
}
