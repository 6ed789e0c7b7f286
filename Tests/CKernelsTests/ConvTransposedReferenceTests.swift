import CKernels
import TestSupport
import Testing

@Suite struct ConvTransposedReferenceTests {
  static let shapes: [ConvCase] = [
    ConvCase(
      inChannels: 1, outChannels: 1, height: 1, width: 1, kernel: (2, 2), stride: (2, 2),
      pad: (0, 0, 0, 0)),
    ConvCase(
      batch: 2, inChannels: 24, outChannels: 17, height: 5, width: 7, kernel: (2, 2),
      stride: (2, 2), pad: (0, 0, 0, 0), activation: CK_ACT_SILU),
    ConvCase(
      inChannels: 16, outChannels: 33, height: 6, width: 15, kernel: (4, 4),
      stride: (2, 2), activation: CK_ACT_RELU),
    ConvCase(
      inChannels: 6, outChannels: 6, height: 5, width: 9, kernel: (4, 4), stride: (2, 2),
      groups: 6),
    ConvCase(
      inChannels: 8, outChannels: 12, height: 4, width: 5, stride: (2, 3),
      pad: (1, 0, 0, 1), groups: 2, activation: CK_ACT_PRELU),
    ConvCase(
      inChannels: 3, outChannels: 4, height: 5, width: 6, kernel: (3, 2), stride: (1, 4),
      dilation: (2, 1), pad: (0, 0, 0, 0), hasBias: false),
    ConvCase(inChannels: 20, outChannels: 16, height: 6, width: 20, pad: (1, 1, 1, 1)),
  ]

  @Test(arguments: KernelSet.available, shapes)
  func transposedConvolution(set: KernelSet, shape: ConvCase) throws {
    try check(set, shape)
  }

  @Test(
    .enabled(if: ck_bf16_available(CK_ISA_AVX512) != 0, "needs AVX512_BF16"), arguments: shapes)
  func transposedConvolutionOfBFloat16(shape: ConvCase) throws {
    var shape = shape
    shape.isBFloat16 = true
    try check(.avx512, shape)
  }

  private func check(_ set: KernelSet, _ shape: ConvCase) throws {
    var random = SeededGenerator(seed: 9)
    let inValues = random.floats(shape.batch * shape.inChannels * shape.height * shape.width)
    let weights = random.floats(
      shape.inChannels * (shape.outChannels / shape.groups) * shape.kernel.0 * shape.kernel.1)
    let bias = shape.hasBias ? random.floats(shape.outChannels) : nil
    let slopes = random.floats(shape.outChannels)
    var sizes = ck_reference_sizes(
      batch: Int32(shape.batch), in_channels: Int32(shape.inChannels),
      in_height: Int32(shape.height), in_width: Int32(shape.width),
      out_channels: Int32(shape.outChannels), out_height: Int32(shape.transposedHeight),
      out_width: Int32(shape.transposedWidth))
    var expected = [Float](
      repeating: 0,
      count: shape.batch * shape.outChannels * shape.transposedHeight * shape.transposedWidth)
    let operands = [inValues, weights].map { shape.isBFloat16 ? $0.map(roundedToBFloat16) : $0 }
    slopes.withUnsafeBufferPointer { slopes in
      var options = shape.options(slopes: slopes.baseAddress)
      ck_reference_conv_transposed(&options, &sizes, operands[0], operands[1], bias, &expected)
      // With no border the input is copied into planes with one; with a border of 2 it is not.
      for (border, threads) in [(0, 1), (2, 2)] {
        let input = ConvPlanes(
          isa: set.isa, batch: shape.batch, channels: shape.inChannels, height: shape.height,
          width: shape.width, border: border, values: inValues)
        let output = ConvPlanes(
          isa: set.isa, batch: shape.batch, channels: shape.outChannels,
          height: shape.transposedHeight, width: shape.transposedWidth, border: 1)
        var (inBlocked, outBlocked) = (input.blocked, output.blocked)
        let operation = ck_conv_transposed(
          set.isa, &options, &inBlocked, &outBlocked, weights, bias)
        guard let operation else {
          Issue.record("no operation")
          return
        }
        runSteps(operation, threads: threads)
        ck_op_destroy(operation)
        #expect(output.borderIsZero)
        // The activation of bfloat16 is accurate to 2e-4.
        expectClose(
          output.values, expected, absolute: 1e-5, relative: shape.isBFloat16 ? 3e-4 : 1e-5,
          "border \(border)")
      }
    }
  }
}
