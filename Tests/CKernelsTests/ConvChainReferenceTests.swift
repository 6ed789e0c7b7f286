import CKernels
import TestSupport
import Testing

/// Chains of convolutions against the same convolutions one after another.
@Suite struct ConvChainReferenceTests {
  /// The layers of a chain; each reads the one before.
  struct Chain: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var layers: [ConvCase]
    /// Whether the first layer reads a planar picture.
    var isPlanar = false
  }

  private static func pointwise(
    _ inputs: Int, _ outputs: Int, _ height: Int, _ width: Int, batch: Int = 1,
    activation: ck_activation_kind = CK_ACT_RELU, residual: ConvCase.Residual = .none
  ) -> ConvCase {
    ConvCase(
      batch: batch, inChannels: inputs, outChannels: outputs, height: height, width: width,
      kernel: (1, 1), pad: (0, 0, 0, 0), activation: activation, residual: residual)
  }

  static let chains = [
    Chain(
      testDescription: "inverted residual",
      layers: [
        pointwise(12, 40, 37, 9),
        ConvCase(
          inChannels: 40, outChannels: 40, height: 37, width: 9, groups: 40,
          activation: CK_ACT_SILU),
        pointwise(40, 12, 37, 9, activation: CK_ACT_IDENTITY, residual: .after),
      ]),
    Chain(
      testDescription: "stride 2, two pictures",
      layers: [
        pointwise(5, 18, 53, 11, batch: 2),
        ConvCase(
          batch: 2, inChannels: 18, outChannels: 18, height: 53, width: 11, stride: (2, 2),
          groups: 18, activation: CK_ACT_LEAKY),
        pointwise(18, 33, 27, 6, batch: 2, activation: CK_ACT_PRELU),
      ]),
    Chain(
      testDescription: "picture, 5x5 and dilation",
      layers: [
        ConvCase(
          inChannels: 3, outChannels: 16, height: 61, width: 30, stride: (2, 2),
          activation: CK_ACT_RELU),
        ConvCase(
          inChannels: 16, outChannels: 16, height: 31, width: 15, kernel: (5, 5),
          pad: (2, 2, 2, 2), groups: 16),
        ConvCase(
          inChannels: 16, outChannels: 16, height: 31, width: 15, dilation: (3, 2),
          pad: (3, 2, 3, 2), groups: 16, activation: CK_ACT_SILU),
        pointwise(16, 7, 31, 15),
      ], isPlanar: true),
    Chain(
      testDescription: "padding only before",
      layers: [
        ConvCase(
          inChannels: 16, outChannels: 16, height: 8, width: 8, pad: (2, 2, 0, 0), groups: 16),
        pointwise(16, 16, 8, 8),
      ]),
  ]

  @Test(arguments: KernelSet.available, chains)
  func chainEqualsItsLayers(set: KernelSet, chain: Chain) throws { try check(set, chain) }

  @Test(
    .enabled(if: ck_bf16_available(CK_ISA_AVX512) != 0, "needs AVX512_BF16"), arguments: chains)
  func chainOfBFloat16EqualsItsLayers(chain: Chain) throws {
    var chain = chain
    for index in chain.layers.indices { chain.layers[index].isBFloat16 = true }
    try check(.avx512, chain)
  }

  private func check(_ set: KernelSet, _ chain: Chain) throws {
    var random = SeededGenerator(seed: 21)
    let first = try #require(chain.layers.first)
    let last = try #require(chain.layers.last)
    let picture = random.floats(first.batch * first.inChannels * first.height * first.width)
    let weights = chain.layers.map { random.floats($0.weightCount) }
    let biases = chain.layers.map { random.floats($0.outChannels) }
    let slopes = random.floats(64)
    let residual = ConvPlanes(
      isa: set.isa, batch: last.batch, channels: last.outChannels, height: last.outHeight,
      width: last.outWidth, border: 1,
      values: random.floats(last.batch * last.outChannels * last.outHeight * last.outWidth))
    slopes.withUnsafeBufferPointer { slopes in
      var value = ConvPlanes(
        isa: set.isa, batch: first.batch, channels: first.inChannels, height: first.height,
        width: first.width, border: 3, values: picture)
      let input = value
      for (index, layer) in chain.layers.enumerated() {
        let output = Self.emptyOutput(set.isa, layer)
        Self.run(
          set.isa, layer, layer.options(slopes: slopes.baseAddress), value, output,
          layer.residual == .none ? nil : residual, weights[index], biases[index])
        value = output
      }
      var bits: [Float]?
      for threads in [1, 2] {
        let output = Self.emptyOutput(set.isa, last)
        let operation = Self.chain(
          set.isa, chain, slopes.baseAddress, weights, biases, picture: picture, input: input,
          output: output, residual: last.residual == .none ? nil : residual)
        guard let operation else {
          Issue.record("no operation")
          return
        }
        runSteps(operation, threads: threads)
        ck_op_destroy(operation)
        // A first layer that reads the picture itself adds up in another order than one that reads
        // planes; the threads never change a bit.
        // Rounded to 8 bits, a picture that stays Float32 in one of them shows in the third digit.
        let tolerance: Float = chain.layers[0].isBFloat16 ? 5e-2 : 1e-6
        expectClose(
          output.values, value.values, absolute: tolerance, relative: tolerance, "\(chain)")
        if let first = bits { #expect(output.values == first) }
        bits = output.values
        #expect(output.borderIsZero)
      }
    }
  }

  private static func emptyOutput(_ isa: ck_isa, _ layer: ConvCase) -> ConvPlanes {
    ConvPlanes(
      isa: isa, batch: layer.batch, channels: layer.outChannels, height: layer.outHeight,
      width: layer.outWidth, border: 3)
  }

  private static func run(
    _ isa: ck_isa, _ layer: ConvCase, _ options: ck_conv_options, _ input: ConvPlanes,
    _ output: ConvPlanes, _ residual: ConvPlanes?, _ weights: [Float], _ bias: [Float]
  ) {
    var (options, source, target) = (options, input.blocked, output.blocked)
    var addend = residual?.blocked ?? ck_blocked()
    let operation =
      residual == nil
      ? ck_conv(isa, &options, &source, &target, nil, weights, bias)
      : ck_conv(isa, &options, &source, &target, &addend, weights, bias)
    guard let operation else { return }
    runSteps(operation, threads: 1)
    ck_op_destroy(operation)
  }

  private static func chain(
    _ isa: ck_isa, _ chain: Chain, _ slopes: UnsafePointer<Float>?, _ weights: [[Float]],
    _ biases: [[Float]], picture: [Float], input: ConvPlanes, output: ConvPlanes,
    residual: ConvPlanes?
  ) -> UnsafeMutablePointer<ck_op>? {
    // Parameters are copied by the call; pictures are read later.
    let kept = weights.map { UnsafeMutableBufferPointer<Float>.initialized($0) }
    let biases = biases.map { UnsafeMutableBufferPointer<Float>.initialized($0) }
    defer { for buffer in kept + biases { buffer.deallocate() } }
    let stages = chain.layers.indices.map { index in
      let layer = chain.layers[index]
      return ck_conv_stage(
        options: layer.options(slopes: slopes), weights: UnsafePointer(kept[index].baseAddress),
        bias: UnsafePointer(biases[index].baseAddress), channels: Int32(layer.outChannels),
        height: Int32(layer.outHeight), width: Int32(layer.outWidth))
    }
    let first = chain.layers[0]
    let planar = UnsafeMutableBufferPointer<Float>.initialized(picture)
    var pictures = ck_planar(
      values: UnsafePointer(planar.baseAddress), channels: Int32(first.inChannels),
      height: Int32(first.height), width: Int32(first.width), row: first.width,
      plane: first.height * first.width)
    var (source, target) = (input.blocked, output.blocked)
    var addend = residual?.blocked ?? ck_blocked()
    return withUnsafePointer(to: &addend) { addend in
      withUnsafePointer(to: &source) { source in
        withUnsafePointer(to: &pictures) { pictures in
          ck_conv_chain(
            isa, chain.isPlanar ? nil : source, chain.isPlanar ? pictures : nil, stages,
            Int32(stages.count), &target, residual == nil ? nil : addend)
        }
      }
    }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// A copy that lives until it is deallocated.
  fileprivate static func initialized(_ values: [Float]) -> Self {
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
    _ = buffer.initialize(from: values)
    return buffer
  }
}
