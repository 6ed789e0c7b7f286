import CKernels
import TestSupport
import Testing

@Suite struct ConvPlanarOutputReferenceTests {
  static let shapes: [ConvCase] = [
    pointwise(64, 80, height: 20, width: 20), pointwise(16, 1, height: 1, width: 1),
    pointwise(40, 7, height: 3, width: 61, activation: CK_ACT_SIGMOID, batch: 3),
    pointwise(33, 85, height: 52, width: 13, activation: CK_ACT_PRELU),
    pointwise(8, 64, height: 80, width: 80, isBFloat16: true),
  ]

  private static func pointwise(
    _ inChannels: Int, _ outChannels: Int, height: Int, width: Int,
    activation: ck_activation_kind = CK_ACT_IDENTITY, batch: Int = 1, isBFloat16: Bool = false
  ) -> ConvCase {
    ConvCase(
      batch: batch, inChannels: inChannels, outChannels: outChannels, height: height,
      width: width, kernel: (1, 1), pad: (0, 0, 0, 0), activation: activation, extraBorder: 1,
      isBFloat16: isBFloat16)
  }

  /// The bits of the blocked convolution, with gaps between channels, or between pixels with all
  /// their channels, that nothing touches.
  @Test(arguments: KernelSet.available, shapes)
  func equalsTheBlockedOutput(set: KernelSet, shape: ConvCase) {
    let pixels = shape.height * shape.width
    equalsTheBlockedOutput(set, shape, channelStride: pixels + 3, pixelStride: 1)
    equalsTheBlockedOutput(set, shape, channelStride: 1, pixelStride: shape.outChannels + 3)
  }

  private func equalsTheBlockedOutput(
    _ set: KernelSet, _ shape: ConvCase, channelStride: Int, pixelStride: Int
  ) {
    var random = SeededGenerator(seed: 12)
    let pixels = shape.height * shape.width
    let input = ConvPlanes(
      isa: set.isa, batch: shape.batch, channels: shape.inChannels, height: shape.height,
      width: shape.width, border: shape.border,
      values: random.floats(shape.batch * shape.inChannels * pixels))
    let weights = random.floats(shape.weightCount)
    let bias = random.floats(shape.outChannels)
    let slopes = random.floats(shape.outChannels)
    let untouched: Float = 77
    let pictureStride = (shape.outChannels + 3) * (pixels + 3)
    // Which element of the blocked output each of the array's is.
    var sources = [Int?](repeating: nil, count: shape.batch * pictureStride)
    for picture in 0..<shape.batch {
      for channel in 0..<shape.outChannels {
        for pixel in 0..<pixels {
          let index = picture * pictureStride + channel * channelStride + pixel * pixelStride
          sources[index] = (picture * shape.outChannels + channel) * pixels + pixel
        }
      }
    }
    slopes.withUnsafeBufferPointer { slopes in
      var options = shape.options(slopes: slopes.baseAddress)
      let blocked = ConvPlanes(
        isa: set.isa, batch: shape.batch, channels: shape.outChannels, height: shape.height,
        width: shape.width, border: 0)
      var (source, target) = (input.blocked, blocked.blocked)
      runOnce(ck_conv(set.isa, &options, &source, &target, nil, weights, bias), threads: 1)
      let expected = blocked.values
      for threads in [1, 2] {
        var output = [Float](repeating: untouched, count: shape.batch * pictureStride)
        output.withUnsafeMutableBufferPointer { output in
          var place = ck_planar_output(
            values: output.baseAddress, channels: Int32(shape.outChannels),
            height: Int32(shape.height), width: Int32(shape.width),
            picture_stride: pictureStride, channel_stride: channelStride,
            pixel_stride: pixelStride)
          runOnce(
            ck_conv_planar_output(set.isa, &options, &source, &place, weights, bias),
            threads: threads)
        }
        let wanted = sources.map { $0.map { expected[$0] } ?? untouched }
        #expect(
          output.elementsEqual(wanted), "\(set) \(shape), \(channelStride), \(pixelStride)")
      }
    }
  }
}
