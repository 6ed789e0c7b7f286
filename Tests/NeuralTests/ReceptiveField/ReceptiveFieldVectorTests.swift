import Neural
import StrictJSON
import TestSupport
import Testing

/// The receptive fields of `Fixtures/spec/06_receptive_field.json`, each worked out on the network
/// itself.
@Suite struct ReceptiveFieldVectorTests {
  private func file() throws -> JSONValue { try SpecVectors("06_receptive_field.json").root }

  /// Expects `[rf, stride, padding, start]` of every layer that the file lists for a network.
  private func expect(
    _ name: String, _ stack: StackOfWindows, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let fields = try stack.fields().fields
    let layers = try #require(try file().member("nets").member(name).member("layers").arrayValue)
    #expect(!layers.isEmpty)
    for layer in layers {
      let row = try #require(layer.arrayValue)
      let label = try #require(row.first?.stringValue)
      let value = try #require(stack.values[label], "no layer \(label)")
      let axes = try #require(fields[value].mapAxes)
      #expect(axes.count == 2)
      for axis in axes {
        #expect(
          [axis.size, axis.stride, axis.padding, axis.start] == row.dropFirst().flatMap(\.numbers),
          "\(name) \(label)", sourceLocation: sourceLocation)
        #expect(axis.misalignment == 0)
        #expect(axis.high - axis.low + 1 == axis.size)
      }
    }
  }

  @Test func alexNet() throws {
    var stack = StackOfWindows(side: 227)
    try stack.convolution("conv1", kernel: 11, stride: 4)
    stack.pool("pool1", kernel: 3, stride: 2)
    try stack.convolution("conv2", kernel: 5, padding: 2)
    stack.pool("pool2", kernel: 3, stride: 2)
    for layer in 3...5 { try stack.convolution("conv\(layer)", kernel: 3, padding: 1) }
    stack.pool("pool5", kernel: 3, stride: 2)
    try expect("alexnet", stack)
    try expectTable("alexnet_v2", stack, "pool5")
  }

  @Test func vgg16() throws {
    var stack = StackOfWindows(side: 224)
    for (stage, count) in [2, 2, 3, 3, 3].enumerated() {
      for layer in 1...count {
        try stack.convolution("conv\(stage + 1)_\(layer)", kernel: 3, padding: 1)
      }
      stack.pool("pool\(stage + 1)", kernel: 2, stride: 2)
    }
    try expect("vgg16", stack)
    try expectTable("vgg_16", stack, "pool5")
  }

  /// ResNet-50 with its shortcuts: of each stage's first block, the 1x1 or the 3x3 has the stride.
  ///
  /// - Parameters:
  ///   - samePool: Whether the first pooling pads as "same" does.
  ///   - dilation: Of the 3x3 of the last three blocks of the third stage.
  private func resNet50(
    strideOn3x3: Bool, samePool: Bool = false, dilation: Int = 1
  ) throws -> StackOfWindows {
    var stack = StackOfWindows(side: 224)
    try stack.convolution("conv1", kernel: 7, stride: 2, padding: 3)
    if samePool {
      stack.pool("pool1", kernel: 3, stride: 2, autoPad: .sameUpper)
    } else {
      stack.pool("pool1", kernel: 3, stride: 2, padding: 1)
    }
    for (stage, count) in [3, 4, 6, 3].enumerated() {
      for block in 1...count {
        let stride = block == 1 && stage > 0 ? 2 : 1
        let isDilated = stage == 2 && block > count - 3
        let entry = stack.top
        try stack.convolution("a", kernel: 1, stride: strideOn3x3 ? 1 : stride)
        try stack.convolution(
          "b", kernel: 3, stride: strideOn3x3 ? stride : 1, padding: isDilated ? dilation : 1,
          dilation: isDilated ? dilation : 1)
        let shortcut = try stack.branch(from: entry) {
          if block == 1 { try $0.convolution("shortcut", kernel: 1, stride: stride) }
        }
        try stack.convolution("b\(stage + 1)_\(block)_1x1b", kernel: 1)
        stack.add("sum\(stage + 1)_\(block)", to: shortcut)
      }
    }
    return stack
  }

  @Test func resNet50WithStrideOn1x1() throws {
    try expect("resnet50_caffe_stride_on_1x1", resNet50(strideOn3x3: false))
  }

  @Test func resNet50WithStrideOn3x3() throws {
    try expect("resnet50_torchvision_stride_on_3x3", resNet50(strideOn3x3: true))
  }

  @Test func resNet50WithSamePooling() throws {
    let stack = try resNet50(strideOn3x3: false, samePool: true)
    try expectTable("resnet_v1_50", stack, "b4_3_1x1b")
  }

  private func expectTable(_ name: String, _ stack: StackOfWindows, _ layer: String) throws {
    let fields = try stack.fields().fields
    let value = try #require(stack.values[layer])
    let axes = try #require(fields[value].mapAxes)
    let expected = try file().member("google_table").member(name).numbers
    for axis in axes { #expect([axis.size, axis.stride, axis.padding] == expected) }
  }

  @Test func cascadeNetworks() throws {
    var stack = StackOfWindows(side: 12)
    try stack.convolution("conv1", kernel: 3)
    stack.pool("pool1", kernel: 2, stride: 2)
    try stack.convolution("conv2", kernel: 3)
    try stack.convolution("conv3", kernel: 3)
    try expect("mtcnn_pnet", stack)

    stack = StackOfWindows(side: 24)
    try stack.convolution("conv1", kernel: 3)
    stack.pool("pool1", kernel: 3, stride: 2)
    try stack.convolution("conv2", kernel: 3)
    stack.pool("pool2", kernel: 3, stride: 2)
    try stack.convolution("conv3", kernel: 2)
    try expect("mtcnn_rnet", stack)

    stack = StackOfWindows(side: 48)
    try stack.convolution("conv1", kernel: 3)
    stack.pool("pool1", kernel: 3, stride: 2)
    try stack.convolution("conv2", kernel: 3)
    stack.pool("pool2", kernel: 3, stride: 2)
    try stack.convolution("conv3", kernel: 3)
    stack.pool("pool3", kernel: 2, stride: 2)
    try stack.convolution("conv4", kernel: 2)
    try expect("mtcnn_onet", stack)
  }

  /// S3FD: VGG-16 without its last pooling layers' end, fc6 and fc7 as 3x3 (padding 1) and 1x1
  /// convolutions, two extra stages, and a 3x3 head on each of six maps.
  @Test func faceDetectorHeads() throws {
    var stack = StackOfWindows(side: 640)
    var heads: [(String, Graph.ValueID)] = []
    for (stage, count) in [2, 2, 3, 3, 3].enumerated() {
      for layer in 1...count {
        try stack.convolution("conv\(stage + 1)_\(layer)", kernel: 3, padding: 1)
      }
      if stage > 1 { heads.append(("conv\(stage + 1)_3", stack.top)) }
      stack.pool("pool\(stage + 1)", kernel: 2, stride: 2)
    }
    try stack.convolution("conv_fc6", kernel: 3, padding: 1)
    try stack.convolution("conv_fc7", kernel: 1)
    heads.append(("conv_fc7", stack.top))
    for stage in 6...7 {
      try stack.convolution("conv\(stage)_1", kernel: 1)
      try stack.convolution("conv\(stage)_2", kernel: 3, stride: 2, padding: 1)
      heads.append(("conv\(stage)_2", stack.top))
    }
    #expect(heads.count == 6)
    for (name, value) in heads {
      var head = stack
      _ = try head.branch(from: value) { try $0.convolution("det", kernel: 3, padding: 1) }
      try expect("s3fd_" + name, head)
    }
  }

  @Test func tridentBranches() throws {
    let vectors = try file().member("trident_r50c4_last3_rf_stride_pad")
    for dilation in 1...3 {
      let stack = try resNet50(strideOn3x3: false, dilation: dilation)
      let field = try stack.fields().fields[try #require(stack.values["b3_6_1x1b"])]
      let axis = try #require(field.mapAxes?.first)
      #expect(
        [axis.size, axis.stride, axis.padding] == (try vectors.member("\(dilation)").numbers))
    }
  }

  @Test func dilatedKernels() throws {
    let vectors = try file().member("dilated")
    let kernel = try #require(try vectors.member("k").integers.first)
    let extents = try vectors.member("d").integers.map { dilation in
      var stack = StackOfWindows(side: 32)
      try stack.convolution("conv", kernel: kernel, dilation: dilation)
      return try #require(try stack.fields().fields[stack.top].mapAxes?.first).size
    }
    #expect(extents == (try vectors.member("k_eff").numbers))
  }

  /// From the top to the input, `rf = (rf - 1) * stride + kernel`; from the input to the top the
  /// analysis. Both end at the same field.
  @Test func topDownEqualsBottomUp() throws {
    let vector = try file().member("seed_example")
    let layers = try #require(try vector.member("k_s").arrayValue).map(\.integers)
    var steps = [1]
    for layer in layers.reversed() {
      steps.append((steps[steps.count - 1] - 1) * layer[1] + layer[0])
    }
    #expect(steps == (try vector.member("rf_top_down_steps").integers))
    #expect(try bottomUp(layers) == (try vector.member("rf").numbers.first))

    var generator = SeededGenerator(seed: 17)
    for _ in 0..<20 {
      let layers = (0..<6).map { _ in
        [Int.random(in: 1...5, using: &generator), Int.random(in: 1...2, using: &generator)]
      }
      var field = 1
      for layer in layers.reversed() { field = (field - 1) * layer[1] + layer[0] }
      #expect(try bottomUp(layers) == Double(field))
    }
  }

  private func bottomUp(_ layers: [[Int]]) throws -> Double {
    var stack = StackOfWindows(side: 512)
    for (index, layer) in layers.enumerated() {
      try stack.convolution("conv\(index)", kernel: layer[0], stride: layer[1])
    }
    return try #require(try stack.fields().fields[stack.top].mapAxes?.first).size
  }

  /// Stacks of uniform kernels: the theoretical field of the analysis, and the influence profile
  /// that the network itself shows.
  @Test func effectiveFields() throws {
    let vectors = try #require(try file().member("erf_uniform_conv3").objectValue)
    #expect(vectors.members.count == 5)
    for member in vectors.members {
      let count = try #require(Int(member.key))
      var stack = StackOfWindows(side: 4 * count + 1, rank: 1)
      for index in 0..<count {
        try stack.convolution("conv\(index)", kernel: 3, padding: 1)
      }
      let field = try #require(try stack.fields().fields[stack.top].mapAxes?.first)
      #expect([field.size] == (try member.value.member("trf").numbers))
      let profile = EffectiveField(kernels: .init(repeating: [1, 1, 1], count: count))
      #expect([Double(profile.weights.count)] == (try member.value.member("trf").numbers))
      expectClose(
        [profile.standardDeviation, EffectiveField.uniformDeviation(count: count, kernel: 3)],
        [
          try #require(try member.value.member("std").numbers.first),
          try #require(try member.value.member("std_formula").numbers.first),
        ], absolute: 1e-8)
      #expect([profile.width()] == (try member.value.member("erf_9545_1d").integers))
      expectClose(
        [Double(profile.width()) / field.size], try member.value.member("ratio").numbers,
        absolute: 1e-8)
      // The network's response to a single 1, up to its kernels' scale, is that profile.
      let network = try Network(graph: outputting(stack), options: ExecutionOptions(threads: 1))
      var input = [Float](repeating: 0, count: 4 * count + 1)
      input[2 * count] = 1
      let response = try network.run([Tensor(input, shape: [1, 1, input.count])])[0].floats()
      let peak = try #require(response.max())
      let profilePeak = try #require(profile.weights.max())
      expectClose(
        response[count...3 * count].map { Double($0 / peak) },
        profile.weights.map { $0 / profilePeak }, absolute: 1e-5)
    }
  }

  private func outputting(_ stack: StackOfWindows) -> Graph {
    var graph = stack.graph
    graph.addOutput(stack.top, name: "y")
    return graph
  }
}
