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
  private var integers: [UnsafeMutablePointer<Int32>] = []
  private var floats: [UnsafeMutablePointer<Float>] = []

  init(columns: AreaAxis, rows: AreaAxis, source: Size, roundsToBytes: Bool, layout: TensorLayout) {
    area.row_samples = source.width * 3
    area.columns = Int32(source.width)
    area.row_starts = copy(rows.starts)
    area.row_offsets = copy(rows.offsets)
    // Sums without weights are quicker.
    area.row_weights = rows.divisors.isEmpty ? copy(rows.weights) : nil
    let (starts, weights, taps) = columns.padded(sourceCount: source.width)
    area.column_starts = copy(starts)
    area.column_weights = copy(weights)
    area.column_taps = Int32(taps)
    if !columns.divisors.isEmpty, !rows.divisors.isEmpty {
      area.column_divisors = copy(columns.divisors)
      area.row_divisors = copy(rows.divisors)
    }
    area.to_bytes = roundsToBytes ? 1 : 0
    let channels = (0..<3).map { Int32(layout.sourceChannel(ofPlane: $0)) }
    area.channels = (channels[0], channels[1], channels[2])
    // `value(of:plane:)` as `sample * scale + shift`.
    let scales = layout.deviation.map { layout.scale / $0 }
    area.scales = (scales[0], scales[1], scales[2])
    let shifts = zip(layout.mean, layout.deviation).map { -$0 / $1 }
    area.shifts = (shifts[0], shifts[1], shifts[2])
  }

  deinit {
    for pointer in integers { pointer.deallocate() }
    for pointer in floats { pointer.deallocate() }
  }

  private func copy(_ values: [Int32]) -> UnsafePointer<Int32> {
    let pointer = UnsafeMutablePointer<Int32>.allocate(capacity: max(values.count, 1))
    for (index, value) in values.enumerated() { pointer[index] = value }
    integers.append(pointer)
    return UnsafePointer(pointer)
  }

  private func copy(_ values: [Float]) -> UnsafePointer<Float> {
    let pointer = UnsafeMutablePointer<Float>.allocate(capacity: max(values.count, 1))
    for (index, value) in values.enumerated() { pointer[index] = value }
    floats.append(pointer)
    return UnsafePointer(pointer)
  }
}

extension AreaAxis {
  /// The axis with equally many taps for all outputs, at least one; those added have weight 0.
  fileprivate func padded(
    sourceCount: Int
  ) -> (starts: [Int32], weights: [Float], taps: Int) {
    var taps = 1
    for index in starts.indices { taps = max(taps, Int(offsets[index + 1] - offsets[index])) }
    var padded = [Float](repeating: 0, count: starts.count * taps)
    for index in starts.indices {
      for (tap, place) in (offsets[index]..<offsets[index + 1]).enumerated() {
        padded[index * taps + tap] = weights[Int(place)]
      }
    }
    return (starts.map { min($0, Int32(sourceCount)) }, padded, taps)
  }
}
