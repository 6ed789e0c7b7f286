import CKernels
import TestSupport
import Testing

@Suite struct ResizeReferenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var picture: PictureShape
    var height: Int
    var width: Int
    var border = 1
    var testDescription: String { "\(picture) to \(height)x\(width) border \(border)" }

    var output: PictureShape {
      PictureShape(
        batch: picture.batch, channels: picture.channels, height: height, width: width,
        border: border)
    }
  }
  static let cases = [
    Case(picture: PictureShape(channels: 1, height: 1, width: 1), height: 1, width: 1, border: 0),
    Case(picture: PictureShape(channels: 16, height: 5, width: 3, border: 1), height: 10, width: 6),
    Case(picture: PictureShape(batch: 2, channels: 17, height: 4, width: 7), height: 8, width: 14),
    Case(picture: PictureShape(channels: 3, height: 9, width: 8, border: 2), height: 4, width: 19),
    Case(picture: PictureShape(channels: 8, height: 1, width: 6), height: 3, width: 2, border: 0),
  ]

  @Test(arguments: KernelSet.available, cases)
  func nearest(set: KernelSet, one: Case) throws {
    let (shape, out) = (one.picture, one.output)
    var generator = SeededGenerator(seed: 14)
    let values = generator.floats(shape.count)
    // As asymmetric, floor; and tables in no order.
    let tables = [
      (
        (0..<one.height).map { $0 * shape.height / one.height },
        (0..<one.width).map { $0 * shape.width / one.width }
      ),
      (
        (0..<one.height).map { ($0 * 7 + 3) % shape.height },
        (0..<one.width).map { ($0 * 5 + 1) % shape.width }
      ),
    ]
    for (rows, columns) in tables {
      let expected = (0..<out.count).map { i in
        let (x, y, plane) = (i % one.width, i / one.width % one.height, i / out.pixels)
        return values[plane * shape.pixels + rows[y] * shape.width + columns[x]]
      }
      let source = BlockedPlanes(set, shape, values: values, padding: 7)
      let target = BlockedPlanes(set, out, padding: .nan)
      var (from, to) = (source.blocked, target.blocked)
      try runKernel(
        ck_resize_nearest(set.isa, &from, &to, rows.map(Int32.init), columns.map(Int32.init)),
        keeping: [source, target])
      #expect(target.planar() == expected)
      target.expectIntact()
    }
  }

  /// Neighbours and weight of half-pixel centres.
  private func taps(_ size: Int, from source: Int) -> [(Int, Int, Float)] {
    (0..<size).map { i in
      let centre = (Double(i) + 0.5) * Double(source) / Double(size) - 0.5
      let clamped = min(max(centre, 0), Double(source - 1))
      let first = Int(clamped)
      return (first, min(first + 1, source - 1), Float(clamped - Double(first)))
    }
  }

  @Test(arguments: KernelSet.available, cases)
  func linear(set: KernelSet, one: Case) throws {
    let (shape, out) = (one.picture, one.output)
    let rows = taps(one.height, from: shape.height)
    let columns = taps(one.width, from: shape.width)
    var generator = SeededGenerator(seed: 15)
    for constant in [false, true] {
      let values =
        constant ? [Float](repeating: 0.3, count: shape.count) : generator.floats(shape.count)
      let expected = (0..<out.count).map { i -> Float in
        let (x, y, plane) = (i % one.width, i / one.width % one.height, i / out.pixels)
        let (r, c) = (rows[y], columns[x])
        func at(_ row: Int, _ column: Int) -> Float {
          values[plane * shape.pixels + row * shape.width + column]
        }
        let upper = (1 - c.2) * at(r.0, c.0) + c.2 * at(r.0, c.1)
        let lower = (1 - c.2) * at(r.1, c.0) + c.2 * at(r.1, c.1)
        return (1 - r.2) * upper + r.2 * lower
      }
      let source = BlockedPlanes(set, shape, values: values, padding: 7)
      let target = BlockedPlanes(set, out, padding: .nan)
      var (from, to) = (source.blocked, target.blocked)
      try runKernel(
        ck_resize_linear(
          set.isa, &from, &to, rows.map { Int32($0.0) }, rows.map { Int32($0.1) },
          rows.map(\.2), columns.map { Int32($0.0) }, columns.map { Int32($0.1) },
          columns.map(\.2)), keeping: [source, target])
      if constant {
        #expect(target.planar().allSatisfy { $0 == 0.3 })
      } else {
        expectClose(target.planar(), expected, absolute: 3e-7)
      }
      target.expectIntact()
    }
  }
}
