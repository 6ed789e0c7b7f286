import CKernels
import TestSupport
import Testing

@Suite struct ConvPooledReferenceTests {
  static let shapes: [ConvCase] = [
    // Winograd, whole tiles and cut ones.
    ConvCase(outChannels: 40, height: 16, width: 24, activation: CK_ACT_LEAKY),
    ConvCase(
      batch: 2, inChannels: 24, outChannels: 19, height: 10, width: 14, activation: CK_ACT_SILU),
    ConvCase(inChannels: 8, outChannels: 16, height: 6, width: 30, activation: CK_ACT_PRELU),
    ConvCase(height: 12, width: 12, pad: (0, 0, 0, 0), isForFewRuns: true),
    ConvCase(inChannels: 32, outChannels: 64, height: 20, width: 20, isBFloat16: true),
    // Direct.
    ConvCase(inChannels: 5, outChannels: 7, height: 2, width: 2),
    ConvCase(
      batch: 3, outChannels: 33, height: 64, width: 50, kernel: (1, 1), pad: (0, 0, 0, 0),
      activation: CK_ACT_RELU, extraBorder: 2),
    ConvCase(
      outChannels: 24, height: 23, width: 34, kernel: (5, 3), stride: (2, 3), pad: (2, 1, 2, 1),
      hasBias: false, isBFloat16: true),
    ConvCase(inChannels: 16, height: 40, width: 40, stride: (2, 2)),
  ]
  static let planarShapes: [ConvCase] = [
    ConvCase(inChannels: 3, outChannels: 16, height: 40, width: 64, activation: CK_ACT_LEAKY),
    ConvCase(
      batch: 2, inChannels: 1, outChannels: 40, height: 23, width: 31, kernel: (7, 7),
      stride: (2, 2), pad: (3, 3, 3, 3), activation: CK_ACT_PRELU),
    ConvCase(
      inChannels: 3, outChannels: 5, height: 2, width: 2, kernel: (1, 1), pad: (0, 0, 0, 0)),
  ]

  /// The bits of the convolution and of the maximum, one after the other.
  @Test(arguments: KernelSet.available, shapes)
  func equalsBoth(set: KernelSet, shape: ConvCase) {
    var random = SeededGenerator(seed: 13)
    let input = ConvPlanes(
      isa: set.isa, batch: shape.batch, channels: shape.inChannels, height: shape.height,
      width: shape.width, border: shape.border,
      values: random.floats(shape.batch * shape.inChannels * shape.height * shape.width))
    var source = input.blocked
    compare(set, shape, &random, "blocked") { options, weights, bias, full in
      ck_conv(set.isa, options, &source, full, nil, weights, bias)
    } pooled: { options, weights, bias, out in
      ck_conv_pooled(set.isa, options, &source, nil, out, weights, bias)
    }
  }

  @Test(arguments: KernelSet.available, planarShapes)
  func equalsBothOfPlanarInput(set: KernelSet, shape: ConvCase) {
    var random = SeededGenerator(seed: 14)
    let values = random.floats(shape.batch * shape.inChannels * shape.height * shape.width)
    values.withUnsafeBufferPointer { values in
      var picture = ck_planar(
        values: values.baseAddress, channels: Int32(shape.inChannels),
        height: Int32(shape.height), width: Int32(shape.width), row: shape.width,
        plane: shape.height * shape.width)
      compare(set, shape, &random, "planar") { options, weights, bias, full in
        ck_conv_planar_input(set.isa, options, &picture, full, weights, bias)
      } pooled: { options, weights, bias, out in
        ck_conv_pooled(set.isa, options, nil, &picture, out, weights, bias)
      }
    }
  }

  private typealias Make = (
    UnsafePointer<ck_conv_options>, [Float], [Float]?, UnsafePointer<ck_blocked>
  ) -> UnsafeMutablePointer<ck_op>?

  private func compare(
    _ set: KernelSet, _ shape: ConvCase, _ random: inout SeededGenerator, _ kind: String,
    convolution: Make, pooled: Make
  ) {
    let weights = random.floats(shape.weightCount)
    let bias = shape.hasBias ? random.floats(shape.outChannels) : nil
    let slopes = random.floats(shape.outChannels)
    func planes(_ height: Int, _ width: Int) -> ConvPlanes {
      ConvPlanes(
        isa: set.isa, batch: shape.batch, channels: shape.outChannels, height: height,
        width: width, border: 1)
    }
    let (height, width) = (shape.outHeight / 2, shape.outWidth / 2)
    let (full, expected) = (planes(2 * height, 2 * width), planes(height, width))
    #expect((2 * height, 2 * width) == (shape.outHeight, shape.outWidth), "a case of this test")
    slopes.withUnsafeBufferPointer { slopes in
      var options = shape.options(slopes: slopes.baseAddress)
      var (fullBlocked, expectedBlocked) = (full.blocked, expected.blocked)
      runOnce(convolution(&options, weights, bias, &fullBlocked), threads: 1)
      var window = ck_pooling_options()
      (window.kernel_h, window.kernel_w, window.stride_h, window.stride_w) = (2, 2, 2, 2)
      (window.dilation_h, window.dilation_w) = (1, 1)
      runOnce(ck_max_pool(set.isa, &window, &fullBlocked, &expectedBlocked), threads: 1)
      for threads in [1, 2] {
        let output = planes(height, width)
        var outputBlocked = output.blocked
        runOnce(pooled(&options, weights, bias, &outputBlocked), threads: threads)
        #expect(output.values == expected.values, "\(set) \(kind) \(shape)")
        #expect(output.borderIsZero)
      }
    }
  }
}
