import Neural
import TestSupport

/// Small networks that together use every layout decision of the planner.
struct SmallGraph: Sendable, CustomStringConvertible {
  var description: String
  var graph: Graph
  var inputShapes: [String: [Int]]

  static let all: [SmallGraph] = [
    convolutionBlock(channels: 24, side: 13), convolutionBlock(channels: 16, side: 20),
    convolutionBlock(channels: 5, side: 7), residualBottleneck, splitConcat(channels: 32),
    splitConcat(channels: 12), channelShuffle, squeezeExcite, pyramidMerge,
    pointwiseMerge, distributionHead,
    gridHeads(isTransposed: false), gridHeads(isTransposed: true), attention, areaAttention, focus,
    pooledConvolutions, manyChannels, linear, enlarging(groups: 1), enlarging(groups: 3),
  ].map { try! $0() }

  /// With values large enough to be kept in bands of rows.
  static let separable: SmallGraph = try! separableBlock()

  private typealias Make = @Sendable () throws -> SmallGraph

  /// A graph under construction with seeded weights.
  private struct Builder {
    var graph = Graph()
    var generator = SeededGenerator(seed: 3)

    mutating func input(_ name: String) -> Graph.ValueID {
      graph.addInput(name: name, elementType: .float32, dimensions: nil)
    }

    mutating func weights(_ shape: [Int]) throws -> Graph.ValueID {
      graph.addConstant(
        try Tensor(generator.floats(shape.reduce(1, *)), shape: shape), name: "weights")
    }

    mutating func integers(_ values: [Int]) throws -> Graph.ValueID {
      graph.addConstant(try Tensor(vector: values), name: "integers")
    }

    mutating func convolution(
      _ input: Graph.ValueID, _ channels: (Int, Int), kernel: Int = 3, stride: Int = 1,
      groups: Int = 1, dilation: Int = 1
    ) throws -> Graph.ValueID {
      let pad = dilation * (kernel / 2)
      let operation = Convolution(
        strides: [stride, stride], dilations: [dilation, dilation], padsBegin: [pad, pad],
        padsEnd: [pad, pad], groups: groups)
      let weights = try weights([channels.1, channels.0 / groups, kernel, kernel])
      let bias = try self.weights([channels.1])
      return graph.append(operation, name: "conv", inputs: [input, weights, bias])
    }

    mutating func append(_ operation: any Operator, _ inputs: Graph.ValueID?...) -> Graph.ValueID {
      graph.append(operation, name: operation.name.lowercased(), inputs: inputs)
    }

    mutating func finish(
      _ name: String, _ outputs: [Graph.ValueID], _ inputShapes: [String: [Int]]
    ) -> SmallGraph {
      for (index, output) in outputs.enumerated() {
        graph.addOutput(output, name: "output\(index)")
      }
      return SmallGraph(description: name, graph: graph, inputShapes: inputShapes)
    }
  }

  private static func convolutionBlock(channels: Int, side: Int) -> Make {
    {
      var b = Builder()
      let x = b.input("x")
      var y = try b.convolution(x, (3, channels), stride: 2)
      let scale = try b.weights([channels])
      let shift = try b.weights([channels])
      let mean = try b.weights([channels])
      let variance = b.graph.addConstant(
        try Tensor((0..<channels).map { 0.5 + Float($0) }, shape: [channels]), name: "variance")
      y = b.append(BatchNormalization(epsilon: 1e-3), y, scale, shift, mean, variance)
      let gate = b.append(Activation(function: .sigmoid), y)
      y = b.append(ElementwiseBinary(function: .multiply), y, gate)
      y = try b.convolution(y, (channels, channels), groups: channels)
      y = b.append(Activation(function: .relu), y)
      y = try b.convolution(y, (channels, 2 * channels), kernel: 1)
      y = b.append(Activation(function: .leakyRelu(alpha: 0.1)), y)
      y = b.append(
        MaxPool(
          kernel: [2, 2], strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [1, 1]),
        y)
      return b.finish(
        "convolutions of \(channels) channels, side \(side)", [y], ["x": [2, 3, side, side + 3]])
    }
  }

  /// As Darknet's: of three maxima two are the only readers of a convolution.
  private static let pooledConvolutions: Make = {
    var b = Builder()
    let x = b.input("x")
    func pooled(_ value: Graph.ValueID) -> Graph.ValueID {
      b.append(
        MaxPool(
          kernel: [2, 2], strides: [2, 2], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0]),
        value)
    }
    func convolved(_ value: Graph.ValueID, _ channels: (Int, Int)) throws -> Graph.ValueID {
      b.append(Activation(function: .leakyRelu(alpha: 0.1)), try b.convolution(value, channels))
    }
    var y = pooled(try convolved(x, (3, 16)))
    y = pooled(try convolved(y, (16, 24)))
    let both = try convolved(y, (24, 9))
    return b.finish("pooled convolutions", [pooled(both), both], ["x": [2, 3, 40, 48]])
  }

  /// More channels than the kernels with lists of blocks on the stack take.
  private static let manyChannels: Make = {
    var b = Builder()
    let x = b.input("x")
    let narrow = try b.convolution(x, (3, 4))
    let pooled = b.append(
      MaxPool(
        kernel: [2, 2], strides: [2, 2], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0]),
      try b.convolution(narrow, (4, 2064), kernel: 1))
    func flat() throws -> Graph.ValueID {
      let y = try b.convolution(narrow, (4, 2064), kernel: 1)
      return b.append(Reshape(), y, try b.integers([1, 2064, -1]))
    }
    let joined = b.append(Concat(axis: 2), try flat(), try flat())
    return b.finish("many channels", [pooled, joined], ["x": [1, 3, 4, 4]])
  }

  /// Transposed convolutions, one followed by a normalisation.
  private static func enlarging(groups: Int) -> Make {
    {
      var b = Builder()
      let x = b.input("x")
      var y = try b.convolution(x, (3, 24), stride: 2)
      for channels in [12, 6] {
        let operation = ConvolutionTranspose(
          strides: [2, 2], dilations: [1, 1], padsBegin: [1, 0], padsEnd: [0, 1],
          outputPadding: [1, 0], groups: groups)
        let weights = try b.weights([channels * 2, channels / groups, 2, 3])
        y = b.append(operation, y, weights)
        if channels == 12 {
          let (scale, shift, mean) = (
            try b.weights([channels]), try b.weights([channels]), try b.weights([channels])
          )
          let variance = b.graph.addConstant(
            try Tensor((0..<channels).map { 0.5 + Float($0) }, shape: [channels]), name: "variance")
          y = b.append(BatchNormalization(epsilon: 1e-3), y, scale, shift, mean, variance)
        }
        y = b.append(Activation(function: channels == 12 ? .relu : .silu), y)
      }
      return b.finish("enlarging in \(groups) groups", [y], ["x": [2, 3, 9, 12]])
    }
  }

  private static let residualBottleneck: Make = {
    var b = Builder()
    let x = b.input("x")
    let stem = b.append(Activation(function: .relu), try b.convolution(x, (3, 32)))
    var y = b.append(Activation(function: .silu), try b.convolution(stem, (32, 32)))
    y = b.append(ElementwiseBinary(function: .add), stem, y)  // after the activation
    let z = try b.convolution(y, (32, 32), kernel: 1)
    var sum = b.append(ElementwiseBinary(function: .add), z, y)  // before it
    sum = b.append(Activation(function: .relu), sum)
    return b.finish("residuals", [sum, y], ["x": [1, 3, 11, 9]])
  }

  private static func splitConcat(channels: Int) -> Make {
    {
      var b = Builder()
      let x = b.input("x")
      let stem = try b.convolution(x, (3, 2 * channels))
      let left = b.graph.addValue(name: "left")
      let right = b.graph.addValue(name: "right")
      b.graph.addNode(
        Split(axis: 1, outputCount: 2), name: "split", inputs: [stem], outputs: [left, right])
      let y = try b.convolution(right, (channels, channels))
      let all = b.append(Concat(axis: 1), left, right, y)
      let out = try b.convolution(all, (3 * channels, 8), kernel: 1)
      let starts = try b.integers([channels / 2])
      let ends = try b.integers([channels])
      let axes = try b.integers([1])
      let sliced = b.append(Slice(), all, starts, ends, axes)
      return b.finish(
        "split and concat of \(channels) channels", [out, sliced], ["x": [1, 3, 10, 6]])
    }
  }

  /// Boxes and scores of two levels, joined, and joined with each other: the last convolutions write
  /// where the joined values lie, in the order in which they are read. One input of a concatenation is read twice, one is the network's.
  private static func gridHeads(isTransposed: Bool) -> Make {
    {
      var b = Builder()
      let x = b.input("x")
      let fine = try b.convolution(x, (3, 24))
      let coarse = try b.convolution(fine, (24, 24), stride: 2)
      func level(_ value: Graph.ValueID, _ channels: Int) throws -> Graph.ValueID {
        let y = try b.convolution(value, (24, channels), kernel: 1)
        return b.append(Reshape(), y, try b.integers([2, channels, -1]))
      }
      let boxes = b.append(Concat(axis: 2), try level(fine, 4), try level(coarse, 4))
      let scores = b.append(
        Activation(function: .sigmoid),
        b.append(Concat(axis: 2), try level(fine, 18), try level(coarse, 18)))
      let extra = b.input("extra")
      let twice = try level(fine, 5)
      let others = b.append(Concat(axis: -1), twice, extra)
      // As YOLOX: joined before they are flattened.
      func joinedLevel(_ value: Graph.ValueID) throws -> Graph.ValueID {
        let parts = try [4, 1, 20].map { try b.convolution(value, (24, $0), kernel: 1) }
        return b.append(
          Reshape(), b.append(Concat(axis: 1), parts[0], parts[1], parts[2]),
          try b.integers([2, 25, -1]))
      }
      let joined = b.append(Concat(axis: 2), try joinedLevel(fine), try joinedLevel(coarse))
      let all = b.append(Concat(axis: 1), boxes, scores, others, joined)
      let last = isTransposed ? b.append(Transpose(permutation: [0, 2, 1]), all) : all
      return b.finish(
        isTransposed ? "grid heads, channels last" : "grid heads", [last, twice],
        ["x": [2, 3, 6, 10], "extra": [2, 5, 15]])
    }
  }

  private static let channelShuffle: Make = {
    var b = Builder()
    let x = b.input("x")
    var y = try b.convolution(x, (3, 12))
    y = b.append(Reshape(), y, try b.integers([1, 2, 6, 5, 8]))
    y = b.append(Transpose(permutation: [0, 2, 1, 3, 4]), y)
    y = b.append(Reshape(), y, try b.integers([1, 12, 5, 8]))
    y = try b.convolution(y, (12, 7))
    return b.finish("channel shuffle", [y], ["x": [1, 3, 5, 8]])
  }

  private static let squeezeExcite: Make = {
    var b = Builder()
    let x = b.input("x")
    let y = try b.convolution(x, (3, 24))
    var gate = b.append(GlobalPool(function: .average), y)
    gate = b.append(Activation(function: .relu), try b.convolution(gate, (24, 6), kernel: 1))
    gate = try b.convolution(gate, (6, 24), kernel: 1)
    gate = b.append(Activation(function: .hardSigmoid(alpha: 1 / 6, beta: 0.5)), gate)
    let out = b.append(ElementwiseBinary(function: .multiply), y, gate)
    let peak = b.append(GlobalPool(function: .max), out)
    return b.finish("squeeze and excite", [out, peak], ["x": [2, 3, 9, 10]])
  }

  /// An enlarged map between two others under a pointwise convolution.
  private static let pointwiseMerge: Make = {
    var b = Builder()
    let x = b.input("x")
    let fine = try b.convolution(x, (3, 16))
    let coarse = try b.convolution(fine, (16, 20), stride: 2)
    let sizes = try b.integers([1, 20, 12, 10])
    let enlarged = b.append(
      Resize(mode: .nearest, coordinates: .asymmetric, nearest: .floor), coarse, nil, nil, sizes)
    let all = b.append(Concat(axis: 1), fine, enlarged, try b.convolution(x, (3, 5)))
    let merged = b.append(
      Activation(function: .silu), try b.convolution(all, (41, 24), kernel: 1))
    return b.finish("pointwise merge", [merged], ["x": [1, 3, 12, 10]])
  }

  private static let pyramidMerge: Make = {
    var b = Builder()
    let x = b.input("x")
    let fine = try b.convolution(x, (3, 16))
    let coarse = try b.convolution(fine, (16, 16), stride: 2)
    let scales = b.graph.addConstant(try Tensor([Float(1), 1, 2, 2], shape: [4]), name: "scales")
    let nearest = b.append(
      Resize(mode: .nearest, coordinates: .asymmetric, nearest: .floor), coarse, nil, scales)
    let linear = b.append(
      Resize(mode: .linear, coordinates: .halfPixel, nearest: .roundPreferFloor), coarse, nil,
      scales)
    let all = b.append(Concat(axis: 1), nearest, fine, linear)
    let transposed = b.append(
      ConvolutionTranspose(
        strides: [2, 2], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0],
        outputPadding: [0, 0]), coarse, try b.weights([16, 9, 2, 2]))
    let pooled = b.append(
      AveragePool(
        kernel: [3, 3], strides: [2, 2], dilations: [1, 1], padsBegin: [1, 1], padsEnd: [1, 1]),
      fine)
    return b.finish(
      "pyramid merge", [try b.convolution(all, (48, 5)), transposed, pooled],
      ["x": [1, 3, 12, 8]])
  }

  private static let distributionHead: Make = {
    var b = Builder()
    let x = b.input("x")
    let boxes = try b.convolution(x, (3, 64), kernel: 1)
    var flat = b.append(Reshape(), boxes, try b.integers([1, 64, 30]))
    flat = b.append(Reshape(), flat, try b.integers([1, 4, 16, 30]))
    flat = b.append(Transpose(permutation: [0, 2, 1, 3]), flat)
    flat = b.append(Softmax(axis: 1), flat)
    let bins = b.graph.addConstant(
      try Tensor((0..<16).map(Float.init), shape: [1, 16, 1, 1]), name: "bins")
    var distances = b.append(
      Convolution(strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0]), flat,
      bins)
    distances = b.append(Reshape(), distances, try b.integers([1, 4, 30]))
    let scores = b.append(
      Activation(function: .sigmoid),
      b.append(Reshape(), try b.convolution(x, (3, 7), kernel: 1), try b.integers([1, 7, 30])))
    let last = b.append(Transpose(permutation: [0, 2, 3, 1]), boxes)
    return b.finish(
      "distribution head", [b.append(Concat(axis: 1), distances, scores), last],
      ["x": [1, 3, 6, 5]])
  }

  private static let attention: Make = {
    var b = Builder()
    let x = b.input("x")
    let qkv = b.append(
      Reshape(), try b.convolution(x, (3, 24), kernel: 1), try b.integers([1, 2, 12, 35]))
    let q = b.graph.addValue(name: "q")
    let k = b.graph.addValue(name: "k")
    let v = b.graph.addValue(name: "v")
    let sizes = try b.integers([3, 3, 6])
    b.graph.addNode(
      Split(axis: 2, outputCount: 3), name: "split", inputs: [qkv, sizes], outputs: [q, k, v])
    let scores = b.append(MatMul(), b.append(Transpose(permutation: [0, 1, 3, 2]), q), k)
    let scale = b.graph.addConstant(try Tensor([Float(0.57735)], shape: []), name: "scale")
    let weights = b.append(
      Softmax(axis: -1), b.append(ElementwiseBinary(function: .multiply), scores, scale))
    let mixed = b.append(MatMul(), v, b.append(Transpose(permutation: [0, 1, 3, 2]), weights))
    let out = b.append(Reshape(), mixed, try b.integers([1, 12, 5, 7]))
    return b.finish("attention", [try b.convolution(out, (12, 12))], ["x": [1, 3, 5, 7]])
  }

  /// Attention within two areas of the picture, with the heads' channels interleaved and the values
  /// going on as a picture of their own.
  private static let areaAttention: Make = {
    var b = Builder()
    let x = b.input("x")
    let qkv = b.append(
      Transpose(permutation: [0, 2, 1]),
      b.append(Reshape(), try b.convolution(x, (3, 24), kernel: 1), try b.integers([1, 24, 24])))
    let heads = b.append(
      Transpose(permutation: [0, 2, 3, 1]),
      b.append(Reshape(), qkv, try b.integers([2, 12, 2, 12])))
    let q = b.graph.addValue(name: "q")
    let k = b.graph.addValue(name: "k")
    let v = b.graph.addValue(name: "v")
    b.graph.addNode(
      Split(axis: 2, outputCount: 3), name: "split", inputs: [heads, try b.integers([4, 4, 4])],
      outputs: [q, k, v])
    let scale = b.graph.addConstant(try Tensor([Float(0.5)], shape: []), name: "scale")
    let scaled = b.append(ElementwiseBinary(function: .multiply), q, scale)
    let scores = b.append(MatMul(), b.append(Transpose(permutation: [0, 1, 3, 2]), scaled), k)
    let weights = b.append(
      Transpose(permutation: [0, 1, 3, 2]), b.append(Softmax(axis: 3), scores))
    func picture(_ value: Graph.ValueID) throws -> Graph.ValueID {
      b.append(
        Transpose(permutation: [0, 3, 1, 2]),
        b.append(
          Reshape(), b.append(Transpose(permutation: [0, 3, 1, 2]), value),
          try b.integers([1, 6, 4, 8])))
    }
    let mixed = try picture(b.append(MatMul(), v, weights))
    let values = try b.convolution(try picture(v), (8, 8), groups: 8)
    return b.finish(
      "area attention", [b.append(ElementwiseBinary(function: .add), mixed, values)],
      ["x": [1, 3, 6, 4]])
  }

  private static let separableBlock: Make = {
    var b = Builder()
    let x = b.input("x")
    let first = b.append(Activation(function: .relu), try b.convolution(x, (1, 16)))
    let depthwise = b.append(
      Activation(function: .silu), try b.convolution(first, (16, 16), groups: 16))
    let narrow = try b.convolution(depthwise, (16, 2), kernel: 1)
    let wide = b.append(Activation(function: .relu), try b.convolution(narrow, (2, 16), kernel: 1))
    let reduced = try b.convolution(wide, (16, 16), stride: 2, groups: 16)
    return b.finish(
      "separable", [try b.convolution(reduced, (16, 2), kernel: 1)], ["x": [1, 1, 132, 128]])
  }

  private static let focus: Make = {
    var b = Builder()
    let x = b.input("x")
    let axes = try b.integers([2, 3])
    let ends = try b.integers([Int.max, Int.max])
    let steps = try b.integers([2, 2])
    var parts: [Graph.ValueID?] = []
    for corner in [[0, 0], [1, 0], [0, 1], [1, 1]] {
      parts.append(b.append(Slice(), x, try b.integers(corner), ends, axes, steps))
    }
    let all = b.graph.append(Concat(axis: 1), name: "concat", inputs: parts)
    return b.finish("focus", [try b.convolution(all, (12, 16))], ["x": [1, 3, 16, 12]])
  }

  private static let linear: Make = {
    var b = Builder()
    let x = b.input("x")
    let y = b.append(
      Flatten(axis: 1), b.append(PRelu(), try b.convolution(x, (3, 6)), try b.weights([6, 1, 1])))
    let z = b.append(
      Gemm(alpha: 0.5, beta: 2, transposeA: false, transposeB: true), y, try b.weights([10, 96]),
      try b.weights([10]))
    let mean = b.append(Reduction(function: .mean, keepDimensions: false), z, try b.integers([1]))
    let ratio = b.append(
      ElementwiseBinary(function: .divide), z,
      b.append(Activation(function: .softplus), b.append(Unsqueeze(), mean, try b.integers([1]))))
    return b.finish("linear", [b.append(Softmax(axis: 1), ratio), mean], ["x": [3, 3, 4, 4]])
  }
}
