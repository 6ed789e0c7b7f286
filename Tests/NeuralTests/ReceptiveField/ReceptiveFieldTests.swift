import Neural
import TestSupport
import Testing

/// What the analysis says against what networks do: an input element is changed, and only outputs
/// whose field holds it may change.
@Suite struct ReceptiveFieldTests {
  private static let side = 29

  /// For each output position along one axis, the first and last input position that changes it.
  private func seen(_ graph: Graph, count: Int) throws -> [ClosedRange<Int>?] {
    let network = try Network(graph: graph, options: ExecutionOptions(threads: 1))
    var generator = SeededGenerator(seed: 5)
    let base = generator.floats(count)
    func run(_ values: [Float]) throws -> [Float] {
      let tensor = try Tensor(values, shape: [1, 1, count])
      return try network.run([tensor])[0].floats()
    }
    let shape = network.outputs[0].type.shape
    let length = shape[2]
    let before = try run(base)
    var result = [ClosedRange<Int>?](repeating: nil, count: length)
    for position in 0..<count {
      // Large enough to win any maximum, small enough to lose it.
      for change in [Float(1000), -1000] {
        var values = base
        values[position] += change
        for (index, pair) in zip(before, try run(values)).enumerated() where pair.0 != pair.1 {
          let place = index % length
          let range = result[place] ?? position...position
          result[place] = min(range.lowerBound, position)...max(range.upperBound, position)
        }
      }
    }
    return result
  }

  /// Expects that no output sees beyond its field and, with `isTight`, that inner outputs see all
  /// of it.
  private func check(
    _ stack: StackOfWindows, isTight: Bool, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var graph = stack.graph
    graph.addOutput(stack.top, name: "y")
    let shaped = try ShapedGraph(graph)
    let field = try #require(
      try ReceptiveFields(shaped)[stack.top].mapAxes?.first, "\(name)",
      sourceLocation: sourceLocation)
    let seen = try seen(graph, count: Self.side)
    var widest = 0
    var innerCount = 0
    for (place, range) in seen.enumerated() {
      guard let range else { continue }
      let low = field.low + Double(place) * field.stride
      let high = field.high + Double(place) * field.stride
      #expect(
        Double(range.lowerBound) >= low - 1e-9 && Double(range.upperBound) <= high + 1e-9,
        "\(name): position \(place) sees \(range), its field is \(low)...\(high)",
        sourceLocation: sourceLocation)
      widest = max(widest, range.count)
      if low >= 0, high <= Double(Self.side - 1) {
        innerCount += 1
        if isTight {
          #expect(
            Double(range.count) == field.size, "\(name): position \(place)",
            sourceLocation: sourceLocation)
        }
      }
    }
    #expect(
      Double(widest) <= field.high - field.low + 1 + 1e-9, "\(name)",
      sourceLocation: sourceLocation)
    if isTight { #expect(innerCount > 0, "\(name)", sourceLocation: sourceLocation) }
  }

  @Test func windowsSeeTheirFields() throws {
    var generator = SeededGenerator(seed: 11)
    for seed in 0..<12 {
      var stack = StackOfWindows(side: Self.side, rank: 1)
      for layer in 0..<3 {
        let kernel = Int.random(in: 1...3, using: &generator)
        let stride = Int.random(in: 1...2, using: &generator)
        let padding = Int.random(in: 0...1, using: &generator)
        let dilation = Int.random(in: 1...2, using: &generator)
        if layer == 1, seed % 2 == 0 {
          stack.pool(
            "layer\(layer)", kernel: kernel, stride: stride, padding: min(padding, kernel - 1))
        } else {
          try stack.convolution(
            "layer\(layer)", kernel: kernel, stride: stride, padding: padding, dilation: dilation)
        }
      }
      // Strides beyond the kernels leave gaps: fields are intervals all the same, not tight.
      try check(stack, isTight: false, "windows \(seed)")
    }
    var stack = StackOfWindows(side: Self.side, rank: 1)
    try stack.convolution("a", kernel: 3, stride: 2, padding: 1)
    stack.pool("b", kernel: 2, stride: 2)
    try stack.convolution("c", kernel: 3, padding: 1)
    try check(stack, isTight: true, "conv, pool, conv")
  }

  @Test func branchesJoin() throws {
    var stack = StackOfWindows(side: Self.side, rank: 1)
    try stack.convolution("stem", kernel: 3, padding: 1)
    let shortcut = stack.top
    try stack.convolution("a", kernel: 3, padding: 1)
    try stack.convolution("b", kernel: 5, padding: 2)
    stack.add("sum", to: shortcut)
    try check(stack, isTight: true, "shortcut")
    #expect(try stack.fields().fields[stack.top].mapAxes?.first?.misalignment == 0)

    // A path without its padding's other half reads one element further left.
    let entry = stack.top
    try stack.convolution("c", kernel: 3)
    let right = try stack.branch(from: entry) {
      try $0.convolution("d", kernel: 1)
      $0.append(
        Slice(), "e",
        [
          $0.top, $0.addConstant(try Tensor(vector: [0])), $0.addConstant(try Tensor(vector: [-2])),
          $0.addConstant(try Tensor(vector: [2])),
        ])
    }
    stack.add("skewed", to: right)
    let field = try #require(try stack.fields().fields[stack.top].mapAxes?.first)
    #expect(field.misalignment == 1)
    try check(stack, isTight: false, "skewed")
  }

  @Test func upsamplingDividesTheStride() throws {
    for (mode, coordinates) in [
      (Resize.Mode.nearest, Resize.Coordinates.asymmetric), (.linear, .halfPixel),
      (.linear, .alignCorners), (.cubic, .halfPixel),
    ] {
      for scale in [Float(2), 1.5, 0.5, 3] {
        var stack = StackOfWindows(side: Self.side, rank: 1)
        try stack.convolution("a", kernel: 3, stride: 2, padding: 1)
        let scales = stack.addConstant(try Tensor([1, 1, scale], shape: [3]))
        stack.append(
          Resize(mode: mode, coordinates: coordinates, nearest: .floor, antialias: scale < 1),
          "resize", [stack.top, nil, scales])
        try stack.convolution("b", kernel: 3, padding: 1)
        try check(stack, isTight: false, "\(mode) \(coordinates) \(scale)")
        let field = try #require(try stack.fields().fields[stack.top].mapAxes?.first)
        if coordinates != .alignCorners, scale == 2 { #expect(field.stride == 1) }
      }
    }
  }

  @Test func transposedConvolutionsRefine() throws {
    for (kernel, stride, padding, dilation) in [
      (4, 2, 1, 1), (3, 2, 0, 1), (2, 2, 0, 1), (3, 3, 1, 2),
    ] {
      var stack = StackOfWindows(side: Self.side, rank: 1)
      stack.pool("a", kernel: 2, stride: 2)
      let weights = stack.addConstant(
        try Tensor(.init(repeating: Float(1), count: kernel), shape: [1, 1, kernel]))
      stack.append(
        ConvolutionTranspose(
          strides: [stride], dilations: [dilation], padsBegin: [padding], padsEnd: [padding],
          outputPadding: [0]), "up", [stack.top, weights])
      try check(stack, isTight: false, "transposed \(kernel) \(stride) \(padding) \(dilation)")
    }
  }

  @Test func padsAndSlicesShift() throws {
    for mode in [Pad.Mode.constant, .edge, .reflect] {
      var stack = StackOfWindows(side: Self.side, rank: 1)
      let pads = stack.addConstant(try Tensor(vector: [0, 0, 3, 0, 0, 2]))
      stack.append(Pad(mode: mode), "pad", [stack.top, pads])
      try stack.convolution("a", kernel: 3, stride: 2)
      let (start, end) = (
        stack.addConstant(try Tensor(vector: [1])), stack.addConstant(try Tensor(vector: [100]))
      )
      let (axis, step) = (
        stack.addConstant(try Tensor(vector: [2])), stack.addConstant(try Tensor(vector: [2]))
      )
      stack.append(Slice(), "slice", [stack.top, start, end, axis, step])
      try check(stack, isTight: false, "pad \(mode)")
      #expect(try stack.fields().fields[stack.top].mapAxes?.first?.stride == 4)
    }
  }

  @Test func blocksOfSpaceMoveToChannelsAndBack() throws {
    var stack = StackOfWindows(side: 8)
    stack.append(SpaceToDepth(block: 2), "down", [stack.top])
    var axis = try #require(try stack.fields().fields[stack.top].mapAxes?.last)
    #expect([axis.size, axis.stride, axis.low, axis.high] == [2, 2, 0, 1])
    stack.append(DepthToSpace(block: 2, order: .columnRowDepth), "up", [stack.top])
    axis = try #require(try stack.fields().fields[stack.top].mapAxes?.last)
    #expect([axis.size, axis.stride] == [2, 1])
    #expect(axis.low <= -1 && axis.high >= 1)
  }

  @Test func operatorsThatJoinAllPlacesAreNamed() throws {
    func blocker(_ make: (inout StackOfWindows) throws -> Void) throws -> ReceptiveField {
      var stack = StackOfWindows(side: 8)
      try stack.convolution("conv", kernel: 3, padding: 1)
      try make(&stack)
      stack.append(Activation(function: .relu), "after", [stack.top])
      return try stack.fields().fields[stack.top]
    }
    let gate = try blocker { stack in
      let map = stack.top
      stack.append(GlobalPool(function: .average), "squeeze", [map])
      stack.append(ElementwiseBinary(function: .multiply), "gate", [map, stack.top])
    }
    #expect(gate == .unbounded(node: "squeeze", operation: "GlobalAveragePool"))
    let attention = try blocker { stack in
      let map = stack.top
      stack.append(Transpose(permutation: [0, 1, 3, 2]), "keys", [map])
      stack.append(MatMul(), "scores", [map, stack.top])
    }
    #expect(attention == .unbounded(node: "scores", operation: "MatMul"))
    let rows = try blocker { stack in
      let shape = stack.addConstant(try Tensor(vector: [1, 64]))
      stack.append(Reshape(), "flatten", [stack.top, shape])
      let weights = stack.addConstant(
        try Tensor(.init(repeating: Float(1), count: 64 * 3), shape: [64, 3]))
      stack.append(MatMul(), "dense", [stack.top, weights])
    }
    #expect(rows == .unbounded(node: "dense", operation: "MatMul"))
    let mean = try blocker { stack in
      let axes = stack.addConstant(try Tensor(vector: [2]))
      stack.append(Reduction(function: .mean), "mean", [stack.top, axes])
    }
    #expect(mean == .unbounded(node: "mean", operation: "ReduceMean"))
    let broadcast = try blocker { stack in
      let map = stack.top
      stack.pool("all", kernel: 8, stride: 1)
      stack.add("everywhere", to: map)
    }
    #expect(broadcast == .unbounded(node: "everywhere", operation: "Add"))
  }

  @Test func rowsOfAHeadStayLocal() throws {
    var stack = StackOfWindows(side: 8)
    try stack.convolution("conv", kernel: 3, padding: 1)
    let shape = stack.addConstant(try Tensor(vector: [1, 1, -1]))
    stack.append(Reshape(), "rows", [stack.top, shape])
    stack.append(Transpose(permutation: [0, 2, 1]), "turned", [stack.top])
    let weights = stack.addConstant(try Tensor([Float(1), 2, 3], shape: [1, 3]))
    stack.append(MatMul(), "scaled", [stack.top, weights])
    stack.append(Softmax(axis: 2), "softmax", [stack.top])
    guard case .local(let field) = try stack.fields().fields[stack.top] else {
      Issue.record("the rows have no field")
      return
    }
    #expect(!field.isMap)
    #expect(field.axes.map(\.size) == [3, 3])
    #expect(field.roles == [.other, .scattered, .other])
  }

  @Test func reshapesKeepWholeAxes() throws {
    var stack = StackOfWindows(side: 8)
    try stack.convolution("conv", kernel: 3, padding: 1)
    let grouped = stack.addConstant(try Tensor(vector: [1, 1, 1, 8, 8]))
    stack.append(Reshape(), "grouped", [stack.top, grouped])
    stack.append(Transpose(permutation: [0, 2, 1, 3, 4]), "shuffled", [stack.top])
    let back = stack.addConstant(try Tensor(vector: [1, 1, 8, 8]))
    stack.append(Reshape(), "back", [stack.top, back])
    #expect(try stack.fields().fields[stack.top].mapAxes?.map(\.size) == [3, 3])
  }

  @Test func constantsSeeNothing() throws {
    var stack = StackOfWindows(side: 8)
    let constant = stack.addConstant(try Tensor([Float(1)], shape: [1]))
    stack.add("sum", to: constant)
    #expect(try stack.fields().fields[constant] == .independent)
    #expect(try stack.fields().fields[stack.top].mapAxes?.map(\.size) == [1, 1])
  }
}
