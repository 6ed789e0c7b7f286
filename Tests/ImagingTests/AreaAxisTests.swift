import Geometry
import Imaging
import TestSupport
import Testing

@Suite struct AreaAxisTests {
  private func apply(_ axis: AreaAxis, to row: [Float]) -> [Float] {
    axis.starts.indices.map { output in
      var sum: Float = 0
      for (step, tap) in (axis.offsets[output]..<axis.offsets[output + 1]).enumerated() {
        sum += axis.weights[Int(tap)] * row[Int(axis.starts[output]) + step]
      }
      return axis.divisors.isEmpty ? sum : sum / axis.divisors[output]
    }
  }

  /// As the tables of the same filters, where the window is the whole row.
  @Test(arguments: [(8, 3), (8, 8), (20, 7), (37, 12), (3, 2)])
  func wholeRow(_ sourceCount: Int, _ count: Int) {
    var generator = SeededGenerator(seed: 2)
    let row = generator.floats(sourceCount)
    for (kind, filter) in [
      (AreaAxis.Kind.fractional, ResamplingFilter.area), (.adaptive, .adaptiveArea),
    ] {
      let axis = AreaAxis(
        kind, start: 0, windowCount: sourceCount, sourceCount: sourceCount, count: count)
      let table = ResamplingTable(filter, from: sourceCount, to: count)
      expectClose(apply(axis, to: row), table(row), absolute: 1e-6)
    }
  }

  /// Outside the picture is zero: the same as a window on a padded row.
  @Test(arguments: [(-3, 10, 4), (-3, 16, 5), (4, 9, 12), (-20, 5, 3), (9, 4, 2)])
  func beyondThePicture(_ start: Int, _ windowCount: Int, _ count: Int) {
    let row: [Float] = [1, 4, 9, 16, 25, 36, 49, 64]
    let padded = (start..<start + windowCount).map { row.indices.contains($0) ? row[$0] : 0 }
    for kind in [AreaAxis.Kind.fractional, .linear, .adaptive] {
      let cut = AreaAxis(
        kind, start: start, windowCount: windowCount, sourceCount: row.count, count: count)
      let whole = AreaAxis(
        kind, start: 0, windowCount: windowCount, sourceCount: windowCount, count: count)
      expectClose(apply(cut, to: row), apply(whole, to: padded), absolute: 1e-5, "\(kind)")
    }
  }

  /// `cv2.resize(…, INTER_AREA)` from 2 to 5 and from 3 to 4 samples.
  @Test func growing() {
    let two = AreaAxis(.linear, start: 0, windowCount: 2, sourceCount: 2, count: 5)
    expectClose(apply(two, to: [0, 10]), [0, 0, 5, 10, 10], absolute: 1e-5)
    let three = AreaAxis(.linear, start: 0, windowCount: 3, sourceCount: 3, count: 4)
    expectClose(
      apply(three, to: [0, 9, 18]), [0, 6, 12, 18], absolute: 1e-4)
  }

  @Test func constantPictureStaysConstant() {
    let size = Size(width: 30, height: 17)
    let image = Image(size: size, samples: .init(repeating: 200, count: 30 * 17 * 3))
    let target = Size(width: 11, height: 9)
    for method in [AreaResampler.Method.openCV, .adaptive] {
      let resampler = AreaResampler(
        method, window: size, source: size, to: target, roundsToBytes: true,
        layout: TensorLayout(order: .rgb, scale: 1))
      var planes = [Float](repeating: -1, count: 3 * 99)
      planes.withUnsafeMutableBufferPointer {
        resampler.fill(rows: 0..<9, from: image, into: $0.baseAddress!, planeStride: 99)
      }
      #expect(planes.allSatisfy { $0 == 200 })
    }
  }
}
