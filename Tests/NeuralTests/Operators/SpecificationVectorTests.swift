import Neural
import StrictJSON
import TestSupport
import Testing

/// The vectors of the specification's sections 3 (reorg), 8 and 12, in Fixtures/spec.
@Suite struct SpecificationVectorTests {
  private func vectors(_ name: String) throws -> JSONValue {
    try JSONReader.parse(try TestFiles.bytes(TestFiles.fixture("spec/\(name).json")))
  }

  /// Numbers of nested arrays in row-major order.
  private func flat(_ json: JSONValue?) -> [Float] {
    guard let json else { return [] }
    if let array = json.arrayValue { return array.flatMap { flat($0) } }
    return json.doubleValue.map { [Float($0)] } ?? []
  }

  private func run(_ operation: some Operator, _ inputs: [Tensor?]) throws -> Tensor {
    try operation.evaluate(inputs)[0]
  }

  @Test func activations() throws {
    let file = try vectors("08_activations")
    let x = flat(file["x"])
    let functions: [(String, ActivationFunction)] = [
      ("identity", .identity), ("sigmoid", .sigmoid), ("tanh", .tanh), ("relu", .relu),
      ("relu6", .clip(min: 0, max: 6)), ("leaky_relu_0.01", .leakyRelu(alpha: 0.01)),
      ("leaky_relu_0.1_darknet", .leakyRelu(alpha: 0.1)),
      ("prelu_0.25", .leakyRelu(alpha: 0.25)), ("elu_1", .elu(alpha: 1)),
      ("celu_0.5", .celu(alpha: 0.5)),
      ("selu", .selu(alpha: 1.673_263_242_354_377_2, gamma: 1.050_700_987_355_480_5)),
      ("gelu_erf", .gelu), ("gelu_tanh", .geluTanh), ("gelu_quick_1.702", .swish(beta: 1.702)),
      ("silu", .silu), ("swish_beta_1.5", .swish(beta: 1.5)), ("mish", .mish),
      ("softplus", .softplus), ("softsign", .softsign),
      ("hard_sigmoid", .hardSigmoid(alpha: 1 / 6, beta: 0.5)), ("hard_swish", .hardSwish),
      ("hard_tanh", .clip(min: -1, max: 1)), ("squared_relu", .squaredRelu),
      ("threshold_step", .step),
    ]
    #expect(functions.count + 1 == file["y"]?.objectValue?.members.count)
    let signs = try run(ElementwiseUnary(function: .sign), [try Tensor(x, shape: [x.count])])
    #expect(signs.floats() == flat(file["y"]?["sign"]))
    for (name, function) in functions {
      let expected = flat(file["y"]?[name])
      #expect(expected.count == x.count, "\(name)")
      expectClose(x.map { function($0) }, expected, absolute: 1e-7, relative: 1e-6, name)
    }
    let extreme = flat(file["extreme"]?["x"])
    let bounded: [(String, ActivationFunction)] = [
      ("sigmoid", .sigmoid), ("softplus", .softplus), ("mish", .mish), ("silu", .silu),
    ]
    for (name, function) in bounded {
      // Absolute: half a unit of the smallest subnormal numbers.
      expectClose(
        extreme.map { function($0) }, flat(file["extreme"]?[name]), absolute: 1e-45,
        relative: 1e-6, name)
    }
  }

  @Test func gatedUnits() throws {
    let file = try vectors("08_activations")["glu"]
    let (gate, value) = (flat(file?["gate"]), flat(file?["value"]))
    let x = try Tensor(value + gate, shape: [1, 2 * gate.count])
    for (name, function) in [
      ("glu", ActivationFunction.sigmoid), ("reglu", .relu), ("geglu", .gelu), ("swiglu", .silu),
      ("bilinear", .identity),
    ] {
      let result = try run(GatedLinearUnit(gate: function), [x])
      #expect(result.shape == [1, gate.count])
      expectClose(result.floats(), flat(file?[name]), absolute: 1e-6, relative: 1e-6, name)
    }
    // Halves of an inner axis lie apart.
    let y = try run(
      GatedLinearUnit(gate: .identity, axis: -2),
      [try Tensor((0..<16).map(Float.init), shape: [2, 4, 2])])
    #expect(y.floats() == [0, 5, 12, 21, 96, 117, 140, 165])
    #expect(throws: OperatorError.self) {
      try run(GatedLinearUnit(axis: 0), [try Tensor(zeros: .float32, shape: [3, 2])])
    }
  }

  @Test func activationConstantsAndMinima() throws {
    let file = try vectors("08_activations")
    for (name, function) in [
      ("silu", ActivationFunction.silu), ("gelu", .gelu), ("mish", .mish),
    ] {
      let minimum = flat(file["minima_x_y"]?[name])
      try #require(minimum.count == 2)
      expectClose([function(minimum[0])], [minimum[1]], absolute: 1e-7, relative: 0, name)
      #expect(function(minimum[0] - 0.01) > minimum[1] && function(minimum[0] + 0.01) > minimum[1])
    }
    func constant(_ name: String) throws -> Float {
      let numbers = flat(file["constants"]?[name])
      return try #require(numbers.first)
    }
    let (k, c) = (try constant("gelu_tanh_k"), try constant("gelu_tanh_c"))
    let selu = ActivationFunction.selu(
      alpha: try constant("selu_alpha"), gamma: try constant("selu_lambda"))
    for (index, x) in flat(file["x"]).enumerated() {
      let tanh = ActivationFunction.tanh(k * (x + c * x * x * x))
      expectClose([ActivationFunction.geluTanh(x)], [0.5 * x * (1 + tanh)], absolute: 1e-6)
      expectClose([selu(x)], [flat(file["y"]?["selu"])[index]], absolute: 1e-6)
    }
    let far = (-60_000...60_000).map { index -> Float in
      let x = Float(index) / 10_000
      return abs(ActivationFunction.gelu(x) - ActivationFunction.geluTanh(x))
    }.max()
    expectClose(
      [try #require(far)], flat(file["gelu_max_abs_diff_tanh_vs_erf"]), absolute: 1e-6)
  }

  @Test func softmax() throws {
    let file = try vectors("08_activations")
    let x = try Tensor(flat(file["softmax"]?["x"]), shape: [1, 3])
    expectClose(
      try run(Softmax(axis: 1), [x]).floats(), flat(file["softmax"]?["y"]), absolute: 1e-7)
  }

  @Test func darknetReorgIsNotSpaceToDepth() throws {
    let file = try vectors("03_yolo")["reorg"]
    let x = try Tensor((0..<64).map(Float.init), shape: [1, 4, 4, 4])
    let reorg = try run(DarknetReorg(stride: 2), [x])
    #expect(reorg.shape == [1, 16, 2, 2])
    #expect(reorg.floats() == flat(file?["darknet_forward"]))
    let depth = try run(SpaceToDepth(block: 2), [x])
    #expect(depth.floats() == flat(file?["space_to_depth"]))
  }

  @Test func pixelShuffle() throws {
    let file = try vectors("12_upsampling")["pixel_shuffle"]
    let x = try Tensor(flat(file?["x"]), shape: [1, 8, 1, 2])
    let neighbours = try run(DepthToSpace(block: 2, order: .columnRowDepth), [x])
    #expect(neighbours.shape == [1, 2, 2, 4])
    #expect(neighbours.floats() == flat(file?["crd_pytorch"]))
    let apart = try run(DepthToSpace(block: 2, order: .depthColumnRow), [x])
    #expect(apart.floats() == flat(file?["dcr_tf"]))
    #expect(try run(SpaceToDepth(block: 2), [apart]).floats() == x.floats())
  }

  private func transposed(
    kernel: Int, stride: Int, pad: Int, extra: Int, dilation: Int = 1
  ) -> ConvolutionTranspose {
    ConvolutionTranspose(
      strides: [stride, stride], dilations: [dilation, dilation], padsBegin: [pad, pad],
      padsEnd: [pad, pad], outputPadding: [extra, extra])
  }

  @Test func transposedConvolution() throws {
    let file = try vectors("12_upsampling")
    let x = try Tensor(flat(file["conv_transpose"]?["x"]), shape: [1, 1, 2, 2])
    let w = try Tensor(flat(file["conv_transpose"]?["k"]), shape: [1, 1, 3, 3])
    for (name, stride, pad, extra) in [
      ("s1p0", 1, 0, 0), ("s2p0", 2, 0, 0), ("s2p1", 2, 1, 0), ("s2p1op1", 2, 1, 1),
    ] {
      let operation = transposed(kernel: 3, stride: stride, pad: pad, extra: extra)
      let expected = flat(file["conv_transpose"]?[name])
      #expect(!expected.isEmpty)
      #expect(try run(operation, [x, w]).floats() == expected, "\(name)")
    }
    for (name, kernel, stride, pad, extra) in [
      ("k3s2p0", 3, 2, 0, 0), ("k3s2p1op1", 3, 2, 1, 1), ("k4s2p1", 4, 2, 1, 0),
      ("k2s2p0", 2, 2, 0, 0),
    ] {
      let operation = transposed(kernel: kernel, stride: stride, pad: pad, extra: extra)
      let ones = try Tensor([Float](repeating: 1, count: 9), shape: [1, 1, 3, 3])
      let unit = try Tensor(
        [Float](repeating: 1, count: kernel * kernel), shape: [1, 1, kernel, kernel])
      let counts = try run(operation, [ones, unit]).floats()
      #expect(counts == flat(file["checkerboard_ones"]?[name]), "\(name)")
    }
  }

  @Test func transposedConvolutionThatInterpolates() throws {
    let file = try vectors("12_upsampling")["bilinear_init"]
    for (name, factor, side) in [("factor2_4x4", 2, 4), ("factor3_5x5", 3, 5)] {
      let kernel = flat(file?[name])
      #expect(kernel == bilinearKernel(side))
      // A plane of ones stays one inside.
      let ones = try Tensor([Float](repeating: 1, count: 25), shape: [1, 1, 5, 5])
      let operation = transposed(kernel: side, stride: factor, pad: (side - 1) / 2, extra: 0)
      let y = try run(operation, [ones, try Tensor(kernel, shape: [1, 1, side, side])])
      let middle = y.shape[2] / 2
      expectClose([y.floats()[middle * y.shape[3] + middle]], [1], absolute: 1e-6)
    }
  }

  /// Weights `(1 - |i / f - c|)` of both axes, as the specification's section 12 has them.
  private func bilinearKernel(_ side: Int) -> [Float] {
    let f = (side + 1) / 2
    let c = Double(2 * f - 1 - f % 2) / Double(2 * f)
    let line = (0..<side).map { 1 - abs(Double($0) / Double(f) - c) }
    return line.flatMap { y in line.map { Float((y * $0 * 1e8).rounded() / 1e8) } }
  }

  @Test(arguments: ["unpool", "unpool_ties"])
  func unpooling(_ key: String) throws {
    let file = try vectors("12_upsampling")[key]
    let x = try Tensor(flat(file?["x"]), shape: [1, 1, 4, 4])
    let pool = MaxPool(
      kernel: [2, 2], strides: [2, 2], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0])
    let pooled = try run(pool, [x])
    let indices = try run(MaxPoolIndices(pool: pool, isColumnMajor: false), [x])
    #expect(pooled.floats() == flat(file?["pooled"]))
    #expect(indices.floats() == flat(file?["indices"]))
    let unpool = MaxUnpool(kernel: [2, 2], strides: [2, 2], padsBegin: [0, 0], padsEnd: [0, 0])
    #expect(try run(unpool, [pooled, indices]).floats() == flat(file?["out"]))
  }

  @Test func transposedConvolutionSizes() throws {
    let cases = try #require(try vectors("12_upsampling")["out_size"]?.arrayValue)
    for item in cases {
      func value(_ key: String) -> Int { item[key]?.intValue ?? -1 }
      let operation = transposed(
        kernel: value("k"), stride: value("s"), pad: value("p"), extra: value("op"),
        dilation: value("d"))
      let types = try operation.inferTypes([
        OperatorInput(type: TensorType(.float32, [1, 2, value("H"), value("H")])),
        OperatorInput(type: TensorType(.float32, [2, 3, value("k"), value("k")])),
      ])
      #expect(types == [TensorType(.float32, [1, 3, value("out"), value("out")])])
    }
  }

  private func resize(
    _ x: Tensor, to size: Int, _ mode: Resize.Mode, _ coordinates: Resize.Coordinates,
    _ nearest: Resize.Nearest = .floor
  ) throws -> [Float] {
    let operation = Resize(mode: mode, coordinates: coordinates, nearest: nearest)
    return try run(operation, [x, nil, nil, try Tensor(vector: [1, 1, size, size])]).floats()
  }

  @Test func resampling() throws {
    let file = try vectors("12_upsampling")
    for (input, output, side, size) in [("in2", "up2", 2, 4), ("in3", "up3to5", 3, 5)] {
      let x = try Tensor(flat(file[input]), shape: [1, 1, side, side])
      for (name, json) in file[output]?.objectValue?.members.map({ ($0.key, $0.value) }) ?? [] {
        let result =
          if name.hasPrefix("nearest") {
            try resize(
              x, to: size, .nearest, name == "nearest_exact" ? .halfPixel : .asymmetric,
              name == "nearest_exact" ? .roundPreferCeil : .floor)
          } else {
            try resize(
              x, to: size, name.hasPrefix("bicubic") ? .cubic : .linear,
              name.contains("ac_true") ? .alignCorners : .halfPixel)
          }
        // Coordinates are Float32: a few units of the last place times the cubic's slope.
        expectClose(result, flat(json), absolute: 1e-5, name)
      }
    }
  }

  @Test func nearestIndices() throws {
    let tables = try #require(try vectors("12_upsampling")["nearest_index"]?.objectValue)
    #expect(tables.members.count == 6)
    for table in tables.members {
      let sizes = table.key.split(separator: ">").compactMap { Int($0.filter(\.isNumber)) }
      let x = try Tensor((0..<sizes[0]).map(Float.init), shape: [sizes[0]])
      for (name, coordinates, rounding) in [
        ("floor", Resize.Coordinates.asymmetric, Resize.Nearest.floor),
        ("exact", .halfPixel, .roundPreferCeil),
      ] {
        let operation = Resize(mode: .nearest, coordinates: coordinates, nearest: rounding)
        let picked = try run(operation, [x, nil, nil, try Tensor(vector: [sizes[1]])])
        #expect(picked.floats() == flat(table.value[name]), "\(table.key) \(name)")
      }
    }
  }
}
