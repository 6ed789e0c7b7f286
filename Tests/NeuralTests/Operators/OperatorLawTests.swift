import Neural
import TestSupport
import Testing

/// Laws and edge values that ONNX's cases do not reach.
@Suite struct OperatorLawTests {
  private func seeded(_ shape: [Int], seed: UInt32) throws -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return try Tensor(generator.floats(shape.reduce(1, *)), shape: shape)
  }

  /// `<conv(y), x> = <y, convT(x)>` for the same weights.
  @Test(arguments: [(1, 1, 0, 1), (2, 1, 1, 1), (2, 2, 1, 2), (3, 1, 2, 1)])
  func transposedConvolutionIsTheAdjoint(
    stride: Int, dilation: Int, pad: Int, groups: Int
  ) throws {
    let (strides, dilations, pads) = ([stride, stride], [dilation, dilation], [pad, pad])
    let y = try seeded([2, 4, 9, 11], seed: 1)
    let w = try seeded([6, 4 / groups, 3, 3], seed: 2)
    let convolution = Convolution(
      strides: strides, dilations: dilations, padsBegin: pads, padsEnd: pads, groups: groups)
    let forward = try convolution.evaluate([y, w])[0]
    let x = try seeded(forward.shape, seed: 3)
    // What the last window leaves over at the end.
    let rest = [9, 11].map { ($0 + 2 * pad - 2 * dilation - 1) % stride }
    let adjoint = ConvolutionTranspose(
      strides: strides, dilations: dilations, padsBegin: pads, padsEnd: pads,
      outputPadding: rest, groups: groups)
    let back = try adjoint.evaluate([x, w])[0]
    #expect(back.shape == y.shape)
    let left = zip(forward.floats(), x.floats()).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let right = zip(back.floats(), y.floats()).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(left - right) < 1e-5 * max(abs(left), 1))
  }

  @Test func fusedActivationAndResidual() throws {
    let x = try Tensor([-2, 3] as [Float], shape: [1, 1, 2])
    let w = try Tensor([1] as [Float], shape: [1, 1, 1])
    let residual = try Tensor([1, -5] as [Float], shape: [1, 1, 2])
    func run(_ placement: ResidualPlacement) throws -> [Float] {
      try Convolution(
        strides: [1], dilations: [1], padsBegin: [0], padsEnd: [0], activation: .relu,
        residual: placement
      ).evaluate([x, w, nil, residual])[0].floats()
    }
    #expect(try run(.beforeActivation) == [0, 0])
    #expect(try run(.afterActivation) == [1, -2])
  }

  @Test func convolutionOverOneAndThreeAxesAgreesWithTwo() throws {
    let x = try seeded([1, 2, 7], seed: 4)
    let w = try seeded([3, 2, 3], seed: 5)
    func run(_ lead: Int) throws -> [Float] {
      let ones = [Int](repeating: 1, count: lead)
      let zeros = [Int](repeating: 0, count: lead)
      return try Convolution(
        strides: ones + [2], dilations: ones + [1], padsBegin: zeros + [1], padsEnd: zeros + [1]
      ).evaluate([x.reshaped([1, 2] + ones + [7]), w.reshaped([3, 2] + ones + [3])])[0].floats()
    }
    #expect(try run(0) == run(1))
    #expect(try run(0) == run(2))
  }

  @Test func castSaturates() throws {
    let x = try Tensor(
      [.nan, .infinity, -.infinity, 3e9, -3e9, 300, -1.9, 1.9] as [Float], shape: [8])
    func cast(_ type: ElementType) throws -> [Int] {
      try Cast(to: type).evaluate([x])[0].integers()
    }
    #expect(
      try cast(.int32)
        == [0, 2_147_483_647, -2_147_483_648, 2_147_483_647, -2_147_483_648, 300, -1, 1])
    #expect(try cast(.uint8) == [0, 255, 0, 255, 0, 255, 0, 1])
    #expect(try cast(.int64) == [0, .max, .min, 3_000_000_000, -3_000_000_000, 300, -1, 1])
    #expect(try cast(.bool) == [1, 1, 1, 1, 1, 1, 1, 1])
    let wide = try Tensor(vector: [-1, 256, 1 << 40])
    #expect(try Cast(to: .uint8).evaluate([wide])[0].integers() == [255, 0, 0])
  }

  @Test func halfPrecisionRoundTrips() throws {
    for bits in UInt16.min...UInt16.max {
      let value = Float(halfBits: bits)
      if value.isNaN {
        #expect(Float(halfBits: Double(value).halfBits).isNaN)
      } else {
        #expect(Double(value).halfBits == bits)
      }
    }
    // Ties go to the even neighbour; 65520 is the first that rounds to infinity.
    #expect(Double(1 + 0x1p-11).halfBits == 0x3c00)
    #expect(Double(1 + 3 * 0x1p-11).halfBits == 0x3c02)
    #expect(65519.9.halfBits == 0x7bff)
    #expect(65520.0.halfBits == 0x7c00)
    #expect(Double(0x1p-25).halfBits == 0)
    #expect(Double(0x1.8p-25).halfBits == 1)
    #expect(Double(Float(1.003_906_25)).bfloat16Bits == 0x3f80)
  }

  @Test func integerArithmeticWraps() throws {
    let a = try Tensor(vector: [Int.max, Int.min, -7, 7])
    let b = try Tensor(vector: [1, -1, 2, -2])
    func run(_ function: ElementwiseBinary.Function) throws -> [Int] {
      try ElementwiseBinary(function: function).evaluate([a, b])[0].integers()
    }
    #expect(try run(.add) == [.min, .max, -5, 5])
    #expect(try run(.multiply) == [.max, .min, -14, -14])
    #expect(try run(.divide) == [.max, .min, -3, -3])
    #expect(try run(.modulo(truncated: true)) == [0, 0, -1, 1])
    #expect(try run(.modulo(truncated: false)) == [0, 0, 1, -1])
  }

  @Test func notANumberPropagates() throws {
    let x = try Tensor([.nan, 1] as [Float], shape: [2])
    let one = try Tensor([1] as [Float], shape: [])
    for function in [ElementwiseBinary.Function.maximum, .minimum] {
      let result = try ElementwiseBinary(function: function).evaluate([x, one])[0].floats()
      #expect(result[0].isNaN && result[1] == 1)
      let swapped = try ElementwiseBinary(function: function).evaluate([one, x])[0].floats()
      #expect(swapped[0].isNaN && swapped[1] == 1)
    }
    #expect(try Clip().evaluate([x, one, one])[0].floats()[0].isNaN)
    #expect(ActivationFunction.relu(.nan).isNaN)
    #expect(ActivationFunction.clip(min: 0, max: 6)(.nan).isNaN)
  }

  @Test func poolingCeilModeDropsWindowsInTheEndPadding() throws {
    let x = OperatorInput(type: TensorType(.float32, [1, 1, 4]))
    func size(begin: Int, end: Int) throws -> [Int] {
      try MaxPool(
        kernel: [2], strides: [3], dilations: [1], padsBegin: [begin], padsEnd: [end],
        ceilMode: true
      ).inferTypes([x])[0].shape
    }
    // Windows start at 0, 3; at -1, 2; a third at 5 or 6 would start in the end padding.
    #expect(try size(begin: 0, end: 0) == [1, 1, 2])
    #expect(try size(begin: 1, end: 1) == [1, 1, 2])
  }

  @Test func darknetPoolingOfSizeTwoStrideOne() throws {
    let x = try Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2])
    let pooled = try MaxPool(
      kernel: [2, 2], strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [1, 1]
    ).evaluate([x])[0]
    #expect(pooled.floats() == [4, 4, 4, 4])
  }

  @Test func emptyTensorsPassThrough() throws {
    let empty = try Tensor([Float](), shape: [2, 0, 3])
    #expect(try Concat(axis: 1).evaluate([empty, empty])[0].shape == [2, 0, 3])
    #expect(try Transpose(permutation: nil).evaluate([empty])[0].shape == [3, 0, 2])
    #expect(try Softmax(axis: 1).evaluate([empty])[0].shape == [2, 0, 3])
    let axes = try Tensor(vector: [1])
    let sums = try Reduction(function: .sum, keepDimensions: false).evaluate([empty, axes])[0]
    #expect(sums.floats() == [0, 0, 0, 0, 0, 0])
    let product = try MatMul().evaluate([
      try Tensor([Float](), shape: [2, 0]), try Tensor([Float](), shape: [0, 3]),
    ])[0]
    #expect(product.floats() == [0, 0, 0, 0, 0, 0])
  }

  @Test func multiplyAddCounts() {
    let convolution = Convolution(
      strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0], groups: 2)
    #expect(
      convolution.multiplyAdds(
        inputs: [TensorType(.float32, [1, 4, 8, 8]), TensorType(.float32, [6, 2, 3, 3])],
        outputs: [TensorType(.float32, [1, 6, 6, 6])]) == 6 * 36 * 2 * 9)
    #expect(
      MatMul().multiplyAdds(
        inputs: [TensorType(.float32, [5, 2, 3]), TensorType(.float32, [3, 4])],
        outputs: [TensorType(.float32, [5, 2, 4])]) == 5 * 2 * 4 * 3)
    #expect(
      Einsum(equation: "bij,bjk->bik").multiplyAdds(
        inputs: [TensorType(.float32, [5, 2, 3]), TensorType(.float32, [5, 3, 4])],
        outputs: [TensorType(.float32, [5, 2, 4])]) == 5 * 2 * 4 * 3)
  }
}
