import CKernels
import TestSupport
import Testing

/// Every convolution against its scalar twin, over sizes around the vector and tile widths.
@Suite struct ConvReferenceTests {
  static let dense: [ConvCase] = [
    ConvCase(inChannels: 1, outChannels: 1, height: 1, width: 1),
    ConvCase(inChannels: 3, outChannels: 5, height: 1, width: 9, kernel: (1, 1), pad: (0, 0, 0, 0)),
    ConvCase(inChannels: 17, outChannels: 33, height: 5, width: 15, extraBorder: 1),
    ConvCase(batch: 2, inChannels: 24, outChannels: 40, height: 9, width: 13, stride: (2, 2)),
    ConvCase(
      inChannels: 48, outChannels: 8, height: 6, width: 29, kernel: (1, 1), pad: (0, 0, 0, 0),
      activation: CK_ACT_SILU),
    ConvCase(
      inChannels: 9, outChannels: 20, height: 8, width: 16, kernel: (1, 1), stride: (2, 2),
      pad: (0, 0, 0, 0), hasBias: false),
    ConvCase(
      inChannels: 5, outChannels: 18, height: 11, width: 10, kernel: (5, 3), stride: (3, 4),
      pad: (2, 0, 1, 1), activation: CK_ACT_LEAKY),
    ConvCase(
      inChannels: 8, outChannels: 16, height: 12, width: 12, dilation: (2, 3),
      pad: (2, 3, 2, 3), activation: CK_ACT_PRELU),
    ConvCase(
      inChannels: 4, outChannels: 6, height: 9, width: 7, kernel: (2, 2), stride: (2, 1),
      pad: (0, 0, 1, 1)),
    ConvCase(
      inChannels: 16, outChannels: 48, height: 3, width: 31, activation: CK_ACT_HARD_SWISH,
      residual: .before),
    ConvCase(
      inChannels: 20, outChannels: 20, height: 7, width: 18, activation: CK_ACT_SILU,
      residual: .after),
    ConvCase(
      inChannels: 16, outChannels: 32, height: 6, width: 23, activation: CK_ACT_RELU,
      residual: .beforeInPlace),
    ConvCase(
      batch: 2, inChannels: 16, outChannels: 16, height: 5, width: 17,
      activation: CK_ACT_MISH, residual: .afterInPlace),
    ConvCase(inChannels: 70, outChannels: 90, height: 10, width: 10, activation: CK_ACT_SILU),
    // A last pair of blocks whose second is needed by half.
    ConvCase(
      inChannels: 30, outChannels: 56, height: 3, width: 43, kernel: (1, 1), pad: (0, 0, 0, 0),
      activation: CK_ACT_RELU),
    ConvCase(
      batch: 2, inChannels: 14, outChannels: 24, height: 8, width: 26, stride: (2, 2),
      activation: CK_ACT_SILU, residual: .after),
    // Weights beyond the second cache: jobs share out channels.
    ConvCase(inChannels: 160, outChannels: 150, height: 3, width: 3, activation: CK_ACT_SILU),
  ]
  static let grouped: [ConvCase] = [
    ConvCase(inChannels: 32, outChannels: 64, height: 5, width: 9, groups: 2),
    ConvCase(inChannels: 12, outChannels: 24, height: 6, width: 6, groups: 4),
    ConvCase(
      inChannels: 40, outChannels: 20, height: 4, width: 5, kernel: (1, 1),
      pad: (0, 0, 0, 0), groups: 5, activation: CK_ACT_RELU),
    ConvCase(inChannels: 6, outChannels: 18, height: 5, width: 7, groups: 6),
    ConvCase(
      batch: 2, inChannels: 96, outChannels: 96, height: 4, width: 9, stride: (2, 2),
      groups: 3, residual: .after),
  ]
  /// Large enough for Winograd, with last tiles that overlap their neighbours by 0 to 3 pixels.
  static let winograd: [ConvCase] = [
    ConvCase(inChannels: 16, outChannels: 16, height: 16, width: 9),
    ConvCase(inChannels: 16, outChannels: 8, height: 20, width: 12, activation: CK_ACT_SILU),
    ConvCase(inChannels: 8, outChannels: 16, height: 20, width: 13, residual: .after),
    ConvCase(batch: 2, inChannels: 24, outChannels: 40, height: 12, width: 14, pad: (0, 0, 0, 0)),
    ConvCase(inChannels: 24, outChannels: 24, height: 18, width: 33, activation: CK_ACT_RELU),
    ConvCase(
      inChannels: 48, outChannels: 52, height: 5, width: 5, activation: CK_ACT_SILU,
      residual: .after),
    ConvCase(
      inChannels: 32, outChannels: 32, height: 11, width: 7, activation: CK_ACT_PRELU,
      residual: .beforeInPlace, extraBorder: 1),
    ConvCase(
      batch: 2, inChannels: 17, outChannels: 33, height: 15, width: 30, activation: CK_ACT_MISH,
      residual: .afterInPlace),
    ConvCase(
      inChannels: 20, outChannels: 100, height: 23, width: 22, residual: .before),
    ConvCase(
      inChannels: 150, outChannels: 75, height: 7, width: 8, activation: CK_ACT_SILU,
      residual: .after),
    ConvCase(inChannels: 64, outChannels: 64, height: 19, width: 22, stride: (2, 2)),
    // Several chunks of tiles, of an odd number of half vectors as bfloat16.
    ConvCase(inChannels: 64, outChannels: 40, height: 58, width: 57, stride: (2, 2)),
    ConvCase(
      batch: 2, inChannels: 70, outChannels: 75, height: 16, width: 17, stride: (2, 2),
      pad: (0, 1, 1, 0), activation: CK_ACT_LEAKY, residual: .beforeInPlace),
  ]
  static let depthwise: [ConvCase] = [
    ConvCase(inChannels: 8, outChannels: 8, height: 1, width: 1, groups: 8),
    ConvCase(
      inChannels: 19, outChannels: 19, height: 7, width: 17, groups: 19,
      activation: CK_ACT_SILU),
    ConvCase(
      batch: 2, inChannels: 32, outChannels: 32, height: 9, width: 15, stride: (2, 2),
      groups: 32, activation: CK_ACT_RELU),
    ConvCase(
      inChannels: 10, outChannels: 10, height: 12, width: 11, kernel: (5, 5),
      pad: (2, 2, 2, 2), groups: 10, activation: CK_ACT_HARD_SWISH, residual: .after),
    ConvCase(
      inChannels: 16, outChannels: 16, height: 9, width: 21, kernel: (5, 5),
      stride: (2, 2), pad: (2, 2, 2, 2), groups: 16, residual: .beforeInPlace),
    ConvCase(
      inChannels: 16, outChannels: 16, height: 9, width: 10, dilation: (2, 2),
      pad: (2, 2, 2, 2), groups: 16, activation: CK_ACT_PRELU, residual: .before),
    ConvCase(
      inChannels: 7, outChannels: 7, height: 8, width: 9, kernel: (7, 3), stride: (1, 3),
      pad: (3, 1, 3, 1), groups: 7, residual: .afterInPlace),
  ]

  /// Everything that one convolution reads.
  private struct Operands {
    var input: [Float]
    var weights: [Float]
    var bias: [Float]?
    var slopes: [Float]
    var residual: [Float]

    init(_ shape: ConvCase) {
      var random = SeededGenerator(seed: 7)
      input = random.floats(shape.batch * shape.inChannels * shape.height * shape.width)
      weights = random.floats(shape.weightCount)
      bias = shape.hasBias ? random.floats(shape.outChannels) : nil
      slopes = random.floats(shape.outChannels)
      residual = random.floats(
        shape.batch * shape.outChannels * shape.outHeight * shape.outWidth)
    }

    /// Inputs and weights as bfloat16 holds them.
    var rounded: Operands {
      var result = self
      result.input = input.map(roundedToBFloat16)
      result.weights = weights.map(roundedToBFloat16)
      return result
    }
  }

  @Test(arguments: KernelSet.available, dense + grouped + winograd + depthwise)
  func convolution(set: KernelSet, shape: ConvCase) throws {
    let operands = Operands(shape)
    let expected = Self.expected(shape, operands)
    let actual = [1, 2].map { Self.outputs(set.isa, shape, operands, threads: $0).values }
    // Sums of some hundreds of products of magnitude 1/4 in another order; Winograd adds some 1e-6
    // of the sums' root mean square, which is about 2.
    expectClose(actual[0], expected, absolute: 4e-5, relative: 2e-5)
    #expect(actual[0] == actual[1], "results depend on the number of threads")
    var hasty = shape
    hasty.isForFewRuns = true
    #expect(
      actual[0] == Self.outputs(set.isa, hasty, operands, threads: 2).values,
      "results depend on when weights are transformed")
  }

  /// Products of bfloat16 are exact: direct convolutions differ from the twin on rounded operands as
  /// those of Float32 do, and by the activation, which is accurate to 2e-4. Winograd rounds the
  /// transformed operands: 1e-2 of the outputs' root mean square.
  @Test(arguments: KernelSet.available, dense + grouped + winograd + depthwise)
  func convolutionOfBFloat16(set: KernelSet, shape: ConvCase) throws {
    let operands = Operands(shape)
    var rounded = shape
    rounded.isBFloat16 = true
    let actual = [1, 2].map {
      Self.outputs(set.isa, rounded, operands, threads: $0)
    }
    #expect(actual[0].values == actual[1].values, "results depend on the number of threads")
    switch actual[0].kernel {
    case "bf16 direct":
      expectClose(
        actual[0].values, Self.expected(shape, operands.rounded), absolute: 4e-5, relative: 3e-4)
    case "bf16 winograd 4x4", "bf16 winograd 4x4 s2":
      let expected = Self.expected(shape, operands)
      let square = { (values: [Float]) in values.reduce(0) { $0 + Double($1) * Double($1) } }
      let error = square(zip(actual[0].values, expected).map(-)) / square(expected)
      #expect(error < 4e-4 && error > 1e-7, "squared error \(error) of the squared outputs")
    case let kernel:
      #expect(kernel == "depthwise" || ck_bf16_available(set.isa) == 0, "\(kernel)")
      #expect(
        actual[0].values == Self.outputs(set.isa, shape, operands, threads: 1).values,
        "Float32 where there is nothing else")
    }
  }

  private static func expected(_ shape: ConvCase, _ operands: Operands) -> [Float] {
    let sizes = ck_reference_sizes(
      batch: Int32(shape.batch), in_channels: Int32(shape.inChannels),
      in_height: Int32(shape.height), in_width: Int32(shape.width),
      out_channels: Int32(shape.outChannels), out_height: Int32(shape.outHeight),
      out_width: Int32(shape.outWidth))
    return operands.slopes.withUnsafeBufferPointer { slopes in
      var options = shape.options(slopes: slopes.baseAddress)
      var expected = [Float](repeating: 0, count: operands.residual.count)
      withUnsafePointer(to: sizes) {
        ck_reference_conv(
          &options, $0, operands.input, shape.residual == .none ? nil : operands.residual,
          operands.weights, operands.bias, &expected)
      }
      return expected
    }
  }

  private static func outputs(
    _ isa: ck_isa, _ shape: ConvCase, _ operands: Operands, threads: Int
  ) -> (values: [Float], kernel: String) {
    let input = ConvPlanes(
      isa: isa, batch: shape.batch, channels: shape.inChannels, height: shape.height,
      width: shape.width, border: shape.border, values: operands.input)
    let inPlace = shape.residual == .beforeInPlace || shape.residual == .afterInPlace
    func outPlanes(border: Int, _ values: [Float]?) -> ConvPlanes {
      ConvPlanes(
        isa: isa, batch: shape.batch, channels: shape.outChannels, height: shape.outHeight,
        width: shape.outWidth, border: border, values: values)
    }
    let output = outPlanes(border: 1, inPlace ? operands.residual : nil)
    let residual = inPlace ? output : outPlanes(border: 2, operands.residual)
    let hasResidual = shape.residual != .none
    let operation = operands.slopes.withUnsafeBufferPointer { slopes in
      var options = shape.options(slopes: slopes.baseAddress)
      return withUnsafePointer(to: residual.blocked) { residual in
        withUnsafePointer(to: output.blocked) { output in
          withUnsafePointer(to: input.blocked) { input in
            ck_conv(
              isa, &options, input, output, hasResidual ? residual : nil, operands.weights,
              operands.bias)
          }
        }
      }
    }
    guard let operation else { return ([], "") }
    defer { ck_op_destroy(operation) }
    runSteps(operation, threads: threads)
    #expect(output.borderIsZero)
    return (output.values, operation.pointee.kernel.map { String(cString: $0) } ?? "")
  }
}
