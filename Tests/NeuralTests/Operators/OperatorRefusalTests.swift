import Neural
import TestSupport
import Testing

/// What a file may ask for and must not get: every case throws, none traps, hangs or allocates.
@Suite struct OperatorRefusalTests {
  private func type(_ shape: [Int], _ elementType: ElementType = .float32) -> OperatorInput? {
    OperatorInput(type: TensorType(elementType, shape))
  }

  private func vector(_ values: [Int]) throws -> OperatorInput? {
    OperatorInput(
      type: TensorType(.int64, [values.count]), constant: try Tensor(vector: values))
  }

  private func floats(_ values: [Float]) throws -> OperatorInput? {
    OperatorInput(
      type: TensorType(.float32, [values.count]),
      constant: try Tensor(values, shape: [values.count]))
  }

  private func expectRefused(
    _ operation: some Operator, _ inputs: [OperatorInput?], _ comment: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      throws: OperatorError.self, "\(operation.name) \(comment)", sourceLocation: sourceLocation
    ) { try operation.inferTypes(inputs) }
  }

  private func convolution(
    strides: [Int] = [1, 1], dilations: [Int] = [1, 1], begin: [Int] = [0, 0],
    end: [Int] = [0, 0], groups: Int = 1
  ) -> Convolution {
    Convolution(
      strides: strides, dilations: dilations, padsBegin: begin, padsEnd: end, groups: groups)
  }

  private static let extremes = [0, -1, Int.min, Int.max, 1 << 40]

  @Test func convolutionAttributes() throws {
    let inputs = [type([1, 4, 8, 8]), type([6, 4, 3, 3])]
    #expect(throws: Never.self) { try convolution().inferTypes(inputs) }
    for value in Self.extremes {
      expectRefused(convolution(strides: [1, value]), inputs, "stride \(value)")
      expectRefused(convolution(dilations: [value, 1]), inputs, "dilation \(value)")
      expectRefused(convolution(groups: value), inputs, "groups \(value)")
      if value != 0 {
        expectRefused(convolution(begin: [value, 0]), inputs, "pad \(value)")
        expectRefused(convolution(end: [0, value]), inputs, "pad \(value)")
      }
    }
    expectRefused(convolution(strides: [1]), inputs)
    expectRefused(convolution(groups: 4), [type([1, 4, 8, 8]), type([6, 1, 3, 3])], "6 % 4")
    expectRefused(convolution(), [type([1, 4, 8, 8]), type([6, 3, 3, 3])], "channels")
    expectRefused(convolution(), [type([1, 4, 8, 8]), type([6, 4, 0, 3])], "kernel 0")
    expectRefused(convolution(), [type([1, 4, 2, 8]), type([6, 4, 3, 3])], "kernel over input")
    expectRefused(convolution(), [type([1, 4, 8, 8]), type([6, 4, 3])], "ranks")
    expectRefused(convolution(), [type([1, 4, 8, 8]), nil], "no weights")
    expectRefused(convolution(), inputs + [type([5])], "bias")
    expectRefused(convolution(), inputs + [nil, type([1, 6, 6, 6])], "unexpected residual")
    expectRefused(
      convolution(), [type([1, 4, 8, 8], .int64), type([6, 4, 3, 3], .int64)], "integers")
    let fused = Convolution(
      strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0],
      residual: .beforeActivation)
    expectRefused(fused, inputs, "residual missing")
    expectRefused(fused, inputs + [nil, type([1, 6, 6, 5])], "residual shape")
  }

  @Test func transposedConvolutionAttributes() throws {
    let inputs = [type([1, 4, 8, 8]), type([4, 6, 3, 3])]
    func make(
      stride: Int = 1, dilation: Int = 1, pad: Int = 0, extra: Int = 0, groups: Int = 1,
      shape: [Int]? = nil
    ) -> ConvolutionTranspose {
      ConvolutionTranspose(
        strides: [stride, stride], dilations: [dilation, dilation], padsBegin: [pad, pad],
        padsEnd: [pad, pad], outputPadding: [extra, extra], groups: groups, outputShape: shape)
    }
    #expect(throws: Never.self) { try make().inferTypes(inputs) }
    for value in Self.extremes {
      expectRefused(make(stride: value), inputs, "stride \(value)")
      expectRefused(make(dilation: value), inputs, "dilation \(value)")
      expectRefused(make(groups: value), inputs, "groups \(value)")
      expectRefused(make(shape: [value, 8]), inputs, "output shape \(value)")
      if value != 0 {
        expectRefused(make(pad: value), inputs, "pad \(value)")
        expectRefused(make(extra: value), inputs, "output padding \(value)")
      }
    }
    expectRefused(make(stride: Int(Int32.max)), inputs, "output too large")
    expectRefused(make(pad: 6), inputs, "nothing left")
    expectRefused(make(), [type([1, 4, 8, 8]), type([3, 6, 3, 3])], "channels")
  }

  @Test func poolingAttributes() throws {
    let inputs = [type([1, 4, 8, 8])]
    for value in Self.extremes {
      expectRefused(
        MaxPool(
          kernel: [value, 2], strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0],
          padsEnd: [0, 0]), inputs, "kernel \(value)")
      expectRefused(
        AveragePool(
          kernel: [2, 2], strides: [1, value], dilations: [1, 1], padsBegin: [0, 0],
          padsEnd: [0, 0]), inputs, "stride \(value)")
    }
    expectRefused(
      MaxPool(
        kernel: [2, 2], strides: [1, 1], dilations: [1, 1], padsBegin: [2, 0], padsEnd: [0, 0]),
      inputs, "pad as large as the window")
    expectRefused(
      AveragePool(
        kernel: [2], strides: [1], dilations: [1], padsBegin: [0], padsEnd: [0]), inputs)
    expectRefused(GlobalPool(function: .average), [type([1, 4, 0, 8])])
    expectRefused(GlobalPool(function: .max), [type([4])])
  }

  @Test func axesOutOfRange() throws {
    let x = type([2, 3, 4])
    for axis in [3, -4, Int.min, Int.max] {
      expectRefused(Concat(axis: axis), [x, x])
      expectRefused(Softmax(axis: axis), [x])
      expectRefused(Split(axis: axis, outputCount: 1), [x])
      expectRefused(Gather(axis: axis), [x, type([2], .int64)])
      expectRefused(GatherElements(axis: axis), [x, type([2, 3, 4], .int64)])
      expectRefused(LayerNormalization(axis: axis, epsilon: 1e-5), [x, type([4])])
      expectRefused(LpNormalization(axis: axis, p: 2), [x])
      expectRefused(Squeeze(), [x, try vector([axis])])
      expectRefused(Reduction(function: .sum), [x, try vector([axis])])
      expectRefused(CumulativeSum(exclusive: false, reverse: false), [x, try vector([axis])])
      expectRefused(TopK(axis: axis, largest: true, sorted: true), [x, try vector([1])])
      expectRefused(
        ArgExtremum(function: .maximum, axis: axis, keepDimensions: true, selectLast: false), [x])
    }
    expectRefused(Flatten(axis: 4), [x])
    expectRefused(Transpose(permutation: [0, 1]), [x])
    expectRefused(Transpose(permutation: [0, 1, 1]), [x])
    expectRefused(Unsqueeze(), [x, try vector([0, 0])])
    expectRefused(Reduction(function: .sum), [x, try vector([0, -3])], "the same axis twice")
  }

  @Test func parametersMustBeConstant() throws {
    let x = type([2, 3, 4])
    let open = type([3], .int64)
    let operations: [any Operator] = [
      Reshape(), Expand(), Tile(), Squeeze(), Unsqueeze(), Reduction(function: .sum),
      Pad(mode: .constant),
    ]
    for operation in operations {
      #expect(throws: OperatorError.self, "\(operation.name)") {
        do {
          _ = try operation.inferTypes([x, open])
        } catch OperatorError.unsupported(let message) {
          #expect(message.contains("must not depend on the network's input"))
          throw OperatorError.unsupported(message)
        }
      }
    }
    expectRefused(Slice(), [x, open, open])
    expectRefused(ConstantOfShape(value: try Tensor([1 as Float], shape: [1])), [open])
    expectRefused(NonZero(), [x])
    expectRefused(NonMaxSuppression(centerPointBox: false), [type([1, 5, 4]), type([1, 2, 5])])
  }

  @Test func shapesThatOverflow() throws {
    let x = type([2, 3])
    let huge = [1 << 40, 1 << 40]
    expectRefused(Reshape(), [x, try vector(huge)])
    expectRefused(Reshape(), [x, try vector([-1, -1])])
    expectRefused(Reshape(), [x, try vector([-2, 3])])
    expectRefused(Reshape(), [x, try vector([4, -1])])
    expectRefused(Reshape(), [x, try vector([2, 3, 0])])
    expectRefused(Reshape(allowZero: true), [x, try vector([0, -1])])
    expectRefused(Reshape(), [x, try vector([Int](repeating: 1, count: 1000))])
    expectRefused(Expand(), [type([1, 1]), try vector(huge)])
    expectRefused(Expand(), [x, try vector([4, 3])])
    expectRefused(Tile(), [x, try vector(huge)])
    expectRefused(Tile(), [x, try vector([-1, 1])])
    expectRefused(
      ConstantOfShape(value: try Tensor([1 as Float], shape: [1])), [try vector(huge)])
    expectRefused(
      ConstantOfShape(value: try Tensor([1 as Float], shape: [1])), [try vector([-1])])
    for pad in [1 << 40, Int.max, Int.min, -9] {
      expectRefused(Pad(mode: .constant), [x, try vector([pad, 0, 0, 0])], "\(pad)")
    }
    expectRefused(Pad(mode: .reflect), [type([0, 3]), try vector([1, 0, 0, 0])])
    expectRefused(Concat(axis: 0), [type([1 << 31, 2]), type([1 << 31, 2])])
    expectRefused(Identity(), [type([0, 1 << 40, 1 << 40])], "empty but absurd")
    expectRefused(DepthToSpace(block: 1 << 40, order: .depthColumnRow), [type([1, 4, 2, 2])])
    expectRefused(SpaceToDepth(block: 0), [type([1, 4, 2, 2])])
    expectRefused(DarknetReorg(stride: 3), [type([1, 9, 4, 3])])
    expectRefused(Split(axis: 0, outputCount: 1 << 40), [x])
    expectRefused(Split(axis: 1, outputCount: 2), [x, try vector([1, 3])])
    expectRefused(Split(axis: 1, outputCount: 2), [x, try vector([Int.max, 3])])
  }

  @Test func slices() throws {
    let x = type([2, 3])
    expectRefused(Slice(), [x, try vector([0]), try vector([1]), nil, try vector([0])], "step 0")
    expectRefused(Slice(), [x, try vector([0, 0, 0]), try vector([1, 1, 1])])
    expectRefused(Slice(), [x, try vector([0]), try vector([1, 1])])
    expectRefused(
      Slice(), [x, try vector([0, 0]), try vector([1, 1]), try vector([1, -1])], "axis twice")
    // The far ends of Int64 stand for "all", forwards and backwards.
    let tensor = try Tensor((0..<6).map(Float.init), shape: [2, 3])
    let reversed = try Slice().evaluate([
      tensor, try Tensor(vector: [Int.max]), try Tensor(vector: [Int.min]),
      try Tensor(vector: [1]), try Tensor(vector: [-1]),
    ])[0]
    #expect(reversed.floats() == [2, 1, 0, 5, 4, 3])
    let leap = try Slice().evaluate([
      tensor, try Tensor(vector: [0]), try Tensor(vector: [Int.max]), try Tensor(vector: [1]),
      try Tensor(vector: [Int.max]),
    ])[0]
    #expect(leap.floats() == [0, 3])
    let back = try Slice().evaluate([
      tensor, try Tensor(vector: [-1]), try Tensor(vector: [Int.min]), try Tensor(vector: [1]),
      try Tensor(vector: [Int.min]),
    ])[0]
    #expect(back.floats() == [2, 5])
  }

  @Test func resizing() throws {
    let x = type([1, 1, 4, 4])
    let operation = Resize(mode: .linear, coordinates: .halfPixel, nearest: .floor)
    for scale in [0, -1, Float.nan, .infinity, 1e30, -.infinity] {
      expectRefused(operation, [x, nil, try floats([1, 1, scale, 2])], "scale \(scale)")
    }
    for size in [-1, 1 << 40, Int.max, Int.min] {
      expectRefused(operation, [x, nil, nil, try vector([1, 1, size, 2])], "size \(size)")
    }
    expectRefused(operation, [x], "neither")
    expectRefused(
      operation, [x, nil, try floats([1, 1, 2, 2]), try vector([1, 1, 8, 8])], "both")
    expectRefused(operation, [x, nil, try floats([2, 2])], "too few")
    expectRefused(operation, [type([1, 1, 0, 4]), nil, nil, try vector([1, 1, 2, 2])], "empty")
    expectRefused(
      Resize(mode: .linear, coordinates: .tfCropAndResize, nearest: .floor),
      [x, nil, nil, try vector([1, 1, 2, 2])], "no roi")
  }

  @Test func counts() throws {
    let x = type([2, 3])
    for count in [-1, 4, Int.max] {
      expectRefused(
        TopK(axis: 1, largest: true, sorted: true), [x, try vector([count])], "k \(count)")
    }
    expectRefused(Range(), [try vector([0]), try vector([10]), try vector([0])], "delta 0")
    expectRefused(Range(), [try vector([Int.min]), try vector([Int.max]), try vector([1])])
    expectRefused(Range(), [try vector([0]), try vector([1 << 50]), try vector([1])])
    expectRefused(Range(), [try floats([0]), try floats([.nan]), try floats([1])])
    expectRefused(Range(), [try floats([0]), try floats([.infinity]), try floats([1])])
    expectRefused(
      OneHot(axis: 0), [type([2], .int64), try vector([1 << 50]), type([2])], "depth")
    expectRefused(OneHot(axis: 0), [type([2], .int64), try vector([-1]), type([2])], "depth")
    for equation in ["ij,jk", "ij->k", "i.j->i", "ij->ii", "i1->i", "", "ijk->i"] {
      expectRefused(Einsum(equation: equation), [x], equation)
    }
  }

  @Test func shapesThatDoNotFit() throws {
    expectRefused(ElementwiseBinary(function: .add), [type([2, 3]), type([2])])
    expectRefused(ElementwiseBinary(function: .add), [type([2]), type([2], .int64)])
    expectRefused(ElementwiseBinary(function: .and), [type([2]), type([2])])
    expectRefused(ElementwiseBinary(function: .add), [type([2], .bool), type([2], .bool)])
    expectRefused(Where(), [type([2]), type([2]), type([2])])
    expectRefused(MatMul(), [type([2, 3]), type([2, 3])])
    expectRefused(MatMul(), [type([]), type([2, 3])])
    expectRefused(
      Gemm(alpha: 1, beta: 1, transposeA: true, transposeB: false), [type([2, 3]), type([3, 2])])
    expectRefused(PRelu(), [type([2, 3]), type([2, 2, 3])])
    expectRefused(
      BatchNormalization(), [type([1, 2]), type([2]), type([2]), type([2]), type([3])])
    expectRefused(GroupNormalization(groups: 0, epsilon: 0), [type([1, 2]), type([2]), type([2])])
    expectRefused(
      LocalResponseNormalization(size: 0, alpha: 1, beta: 1, bias: 1), [type([1, 2, 3])])
    expectRefused(GatherND(batchDimensions: 0), [type([2, 3]), type([1, 3], .int64)])
    expectRefused(
      ScatterND(reduction: .none), [type([2, 3]), type([1, 1], .int64), type([1, 2])])
  }

  @Test func indicesOutOfRangeFailEvaluation() throws {
    let data = try Tensor([1, 2, 3] as [Float], shape: [3])
    for index in [3, -4, Int.max, Int.min] {
      let indices = try Tensor(vector: [index])
      #expect(throws: OperatorError.self) { try Gather(axis: 0).evaluate([data, indices]) }
      #expect(throws: OperatorError.self) { try GatherElements(axis: 0).evaluate([data, indices]) }
      #expect(throws: OperatorError.self) {
        try ScatterElements(axis: 0, reduction: .none).evaluate([data, indices, indices])
      }
      #expect(throws: OperatorError.self) {
        try GatherND(batchDimensions: 0).evaluate([data, indices])
      }
    }
    #expect(throws: OperatorError.self) {
      try ElementwiseBinary(function: .divide).evaluate([
        try Tensor(vector: [1]), try Tensor(vector: [0]),
      ])
    }
  }
}
