import CKernels
import TestSupport
import Testing

@Suite struct AreaReferenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var rows: Int
    var columns: Int
    /// Of the result.
    var height: Int
    var width: Int
    /// Columns asked for.
    var part: Range<Int>
    var toBytes = false
    var testDescription: String { "\(rows)x\(columns) to \(height)x\(width), \(part)" }
  }
  static let cases = [
    Case(rows: 1, columns: 1, height: 1, width: 1, part: 0..<1),
    Case(rows: 1, columns: 2, height: 3, width: 5, part: 0..<5),
    Case(rows: 5, columns: 7, height: 2, width: 3, part: 0..<3, toBytes: true),
    Case(rows: 24, columns: 29, height: 24, width: 24, part: 3..<24),
    Case(rows: 40, columns: 100, height: 24, width: 60, part: 7..<55, toBytes: true),
    Case(rows: 9, columns: 131, height: 2, width: 19, part: 0..<19),
    Case(rows: 200, columns: 33, height: 3, width: 1, part: 0..<1),
  ]

  /// Output `i` of `m` sums inputs `i * n / m` up to the rounded up `(i + 1) * n / m`.
  private func range(_ i: Int, _ m: Int, _ n: Int) -> Range<Int> {
    i * n / m..<((i + 1) * n + m - 1) / m
  }

  /// Sums of 8-bit samples are exact, so that the mean is the same in every order.
  @Test(arguments: KernelSet.available, cases)
  func mean(set: KernelSet, one: Case) {
    var generator = SeededGenerator(seed: 31)
    let samples = generator.floats(one.rows * one.columns * 3).map { UInt8(abs($0) * 255) }
    let rows = (0..<one.height).map { range($0, one.height, one.rows) }
    let columns = (0..<one.width).map { range($0, one.width, one.columns) }
    let taps = columns.map(\.count).max() ?? 1
    let columnWeights = columns.flatMap { range in
      (0..<taps).map { Float($0 < range.count ? 1 : 0) }
    }
    var offsets: [Int32] = [0]
    for row in rows { offsets.append(offsets[offsets.count - 1] + Int32(row.count)) }
    let actual = run(
      set, one, samples, rows: rows.map { Int32($0.lowerBound) }, offsets: offsets,
      rowWeights: [Float](repeating: 1, count: Int(offsets[offsets.count - 1])),
      columns: columns.map { Int32($0.lowerBound) }, columnWeights: columnWeights,
      divisors: (rows.map { Float($0.count) }, columns.map { Float($0.count) }))
    var expected: [Float] = []
    for plane in 0..<3 {
      for row in rows {
        for column in columns[one.part] {
          var sum = 0
          for y in row {
            for x in column { sum += Int(samples[(y * one.columns + x) * 3 + 2 - plane]) }
          }
          var mean = Float(sum) / Float(row.count) / Float(column.count)
          if one.toBytes { mean = mean.rounded(.toNearestOrEven) }
          expected.append(mean * 0.0078125 - 0.5)
        }
      }
    }
    #expect(actual == expected)
  }

  /// Any weights, also none and past the picture.
  @Test(arguments: KernelSet.available, cases)
  func weights(set: KernelSet, one: Case) {
    var generator = SeededGenerator(seed: 32)
    let samples = generator.floats(one.rows * one.columns * 3).map { UInt8(abs($0) * 255) }
    let taps = 1 + one.columns % 6
    let columns = (0..<one.width).map { ($0 + 1) * one.columns / one.width }
    let columnWeights = columns.flatMap { first in
      generator.floats(taps).enumerated().map { first + $0 < one.columns ? $1 : 0 }
    }
    let rowCounts = (0..<one.height).map { min($0 % 3, one.rows) }
    let rows = rowCounts.map { (one.rows - $0) / 2 }
    var offsets: [Int32] = [0]
    for count in rowCounts { offsets.append(offsets[offsets.count - 1] + Int32(count)) }
    let rowWeights = generator.floats(Int(offsets[offsets.count - 1]) + 1)
    var one = one
    one.toBytes = false
    let actual = run(
      set, one, samples, rows: rows.map(Int32.init), offsets: offsets, rowWeights: rowWeights,
      columns: columns.map(Int32.init), columnWeights: columnWeights, divisors: nil)
    var expected: [Float] = []
    for plane in 0..<3 {
      for row in 0..<one.height {
        for column in one.part {
          var sum = 0.0
          for y in 0..<rowCounts[row] {
            for x in 0..<taps where columns[column] + x < one.columns {
              let place = ((rows[row] + y) * one.columns + columns[column] + x) * 3 + 2 - plane
              sum +=
                Double(rowWeights[Int(offsets[row]) + y]) * Double(samples[place])
                * Double(columnWeights[column * taps + x])
            }
          }
          expected.append(Float(sum * 0.0078125 - 0.5))
        }
      }
    }
    // Sums of a dozen products of up to 255.
    expectClose(actual, expected, absolute: 1e-5, relative: 1e-5)
  }

  private func run(
    _ set: KernelSet, _ one: Case, _ samples: [UInt8], rows: [Int32], offsets: [Int32],
    rowWeights: [Float], columns: [Int32], columnWeights: [Float],
    divisors: (rows: [Float], columns: [Float])?
  ) -> [Float] {
    // Rows end where the memory does.
    let source = UnsafeMutablePointer<UInt8>.allocate(capacity: samples.count)
    defer { source.deallocate() }
    source.initialize(from: samples, count: samples.count)
    let plane = one.height * one.part.count
    var planes = [Float](repeating: .nan, count: 3 * plane)
    rows.withUnsafeBufferPointer { rows in
      offsets.withUnsafeBufferPointer { offsets in
        rowWeights.withUnsafeBufferPointer { rowWeights in
          columns.withUnsafeBufferPointer { columns in
            columnWeights.withUnsafeBufferPointer { columnWeights in
              var area = ck_area()
              area.samples = UnsafePointer(source)
              area.row_samples = one.columns * 3
              area.columns = Int32(one.columns)
              area.row_starts = rows.baseAddress
              area.row_offsets = offsets.baseAddress
              area.row_weights = rowWeights.baseAddress
              area.column_starts = columns.baseAddress
              area.column_weights = columnWeights.baseAddress
              area.column_taps = Int32(columnWeights.count / columns.count)
              area.to_bytes = one.toBytes ? 1 : 0
              area.channels = (2, 1, 0)
              area.scales = (0.0078125, 0.0078125, 0.0078125)
              area.shifts = (-0.5, -0.5, -0.5)
              let (first, count) = (Int32(one.part.lowerBound), Int32(one.part.count))
              func fill() {
                let scratchCount = ck_area_scratch(&area, first, count)
                withUnsafeTemporaryAllocation(byteCount: scratchCount * 4, alignment: 64) {
                  let scratch = $0.bindMemory(to: Float.self).baseAddress
                  for row in 0..<one.height {
                    planes.withUnsafeMutableBufferPointer {
                      ck_area_row(
                        set.isa, &area, Int32(row), first, count, scratch,
                        $0.baseAddress! + row * one.part.count, plane)
                    }
                  }
                }
              }
              guard let divisors else { return fill() }
              divisors.rows.withUnsafeBufferPointer { rows in
                divisors.columns.withUnsafeBufferPointer { columns in
                  area.row_divisors = rows.baseAddress
                  area.column_divisors = columns.baseAddress
                  fill()
                }
              }
            }
          }
        }
      }
    }
    return planes
  }
}
