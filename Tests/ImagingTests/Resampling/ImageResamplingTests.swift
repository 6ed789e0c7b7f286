import Geometry
import Imaging
import Testing

@Suite struct ImageResamplingTests {
  private let filters: [ResamplingFilter] = [
    .nearest, .nearestExact, .bilinear, .bilinearAlignCorners, .bicubic(a: -0.75),
    .antialiased(.triangle), .antialiased(.cubic(a: -0.5)), .antialiased(.lanczos3), .area,
    .adaptiveArea,
  ]

  @Test func aConstantPictureStaysConstant() {
    let image = Image(
      size: Size(width: 13, height: 9), samples: [UInt8](repeating: 201, count: 13 * 9 * 3))
    for filter in filters {
      for size in [
        Size(width: 5, height: 4), Size(width: 40, height: 31), Size(width: 1, height: 9),
      ] {
        let samples = image.resized(to: size, filter: filter).samples
        #expect(samples.allSatisfy { $0 == 201 }, "\(filter) to \(size)")
      }
    }
    for resampling in [InputResampling.openCVLinear, .darknet, .nearest, .antialiased] {
      let samples = image.resized(to: Size(width: 7, height: 30), by: resampling).samples
      #expect(samples.allSatisfy { $0 == 201 }, "\(resampling)")
    }
  }

  @Test func theSameSizeIsTheSamePicture() {
    let image = noise(Size(width: 11, height: 6), seed: 3)
    for filter in filters {
      #expect(image.resized(to: image.size, filter: filter).samples == image.samples)
    }
  }

  /// Planes keep fractions, pictures round each pass: they may differ by the two roundings.
  @Test func picturesFollowPlanes() {
    let image = noise(Size(width: 12, height: 10), seed: 4)
    let red = stride(from: 0, to: image.samples.count, by: 3).map { Float(image.samples[$0]) }
    let plane = Plane(size: image.size, values: red)
    for filter in filters {
      for size in [Size(width: 5, height: 4), Size(width: 25, height: 21)] {
        let picture = image.resized(to: size, filter: filter)
        let expected = plane.resized(to: size, filter: filter)
        for (index, value) in expected.values.enumerated() {
          let clamped = min(max(value, 0), 255)
          // Overshoot that the first pass cuts off does not come back in the second.
          let slack: Float = value == clamped ? 25 : 60
          let overshoots: Bool
          switch filter {
          case .bicubic, .antialiased(.cubic), .antialiased(.lanczos3): overshoots = true
          default: overshoots = false
          }
          let tolerance = overshoots ? slack : 1.01
          #expect(abs(Float(picture.samples[3 * index]) - clamped) <= tolerance, "\(filter)")
        }
      }
    }
  }

  @Test func halvingByAreaIsTheMeanOfTwoRoundedHalfUpTwice() {
    let image = Image(
      size: Size(width: 2, height: 2), samples: [0, 10, 1, 1, 10, 2, 0, 10, 255, 0, 10, 255])
    // Columns: 0.5 -> 1, 10, 1.5 -> 2; 0, 10, 255. Rows: 0.5 -> 1, 10, 128.5 -> 129.
    let half = image.resized(to: Size(width: 1, height: 1), filter: .area)
    #expect(half.samples == [1, 10, 129])
  }
}
