import ModelFormats
import Neural
import TestSupport
import Testing

/// Whole networks in memory: the numbers they compute, against what Darknet's definitions give by
/// hand.
@Suite struct DarknetReaderTests {
  private func weights(_ numbers: [Float], version: [Int32] = [0, 2, 0], seen: [Int32] = [0, 0])
    -> [UInt8]
  {
    let header = (version + seen).map { UInt32(bitPattern: $0) }
    return (header + numbers.map(\.bitPattern)).flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
  }

  private func run(
    _ cfg: String, _ numbers: [Float], input: [Float], version: [Int32] = [0, 2, 0],
    seen: [Int32] = [0, 0]
  ) throws -> [Float] {
    let model = try DarknetReader.read(
      cfg: Array(cfg.utf8), weights: weights(numbers, version: version, seen: seen))
    let shape = try #require(model.inputs[0].shape)
    let tensor = try Tensor(input, shape: shape)
    let graph = try ShapedGraph(model.graph, inputShapes: ["data": shape])
    let output = try #require(ReferenceExecutor.run(graph, inputs: [tensor]).first)
    #expect(output.shape == model.outputs[0].shape)
    return output.floats()
  }

  private func net(_ width: Int, _ height: Int, _ channels: Int) -> String {
    "[net]\nwidth=\(width)\nheight=\(height)\nchannels=\(channels)\n"
  }

  @Test func weightsComeInDarknetsOrder() throws {
    // bias, scale, mean, variance, kernel: 2 * (3 x - 4) / (sqrt(4) + 1e-6) + 1
    let output = try run(
      net(2, 1, 1) + "[convolutional]\nbatch_normalize=1\nfilters=1\nactivation=linear\n",
      [1, 2, 4, 4, 3], input: [0, 10])
    expectClose(output, [-3, 27], absolute: 1e-4)
  }

  @Test func theConstantIsAddedAfterTheSquareRoot() throws {
    // Variance 0 leaves 1e-6 alone; under the root it would be 1e-3.
    let output = try run(
      net(1, 1, 1) + "[convolutional]\nbatch_normalize=1\nfilters=1\nactivation=linear\n",
      [0, 1, 0, 0, 1e-6], input: [3])
    expectClose(output, [3], absolute: 1e-5)
  }

  @Test func leakySlopeIsATenth() throws {
    let output = try run(
      net(2, 1, 1) + "[convolutional]\nactivation=leaky\n", [0, 1], input: [-1, 2])
    expectClose(output, [-0.1, 2], absolute: 1e-7)
  }

  @Test func theDefaultActivationIsLogistic() throws {
    let output = try run(net(1, 1, 1) + "[convolutional]\n", [0, 1], input: [0])
    expectClose(output, [0.5], absolute: 1e-7)
  }

  @Test func maxPoolOfSizeTwoAndStrideOneLooksRightAndDown() throws {
    let output = try run(
      net(3, 2, 1) + "[maxpool]\nsize=2\nstride=1\n", [], input: [1, 5, 2, 3, 4, -6])
    #expect(output == [5, 5, 2, 4, 4, -6])
  }

  @Test func oddSizesArePooledUpwards() throws {
    let output = try run(
      net(3, 3, 1) + "[maxpool]\nsize=2\nstride=2\n", [], input: [1, 2, 3, 4, 5, 6, 7, 8, -9])
    #expect(output == [5, 6, 8, -9])
  }

  @Test func pyramidPoolsAreCentred() throws {
    let output = try run(
      net(5, 1, 1) + "[maxpool]\nsize=3\nstride=1\n", [], input: [1, 0, 0, 3, 2])
    #expect(output == [1, 1, 3, 3, 3])
  }

  @Test func routesConcatenateAndSplit() throws {
    let layers =
      "[dropout]\n[upsample]\nstride=1\nscale=2\n[route]\nlayers=-1,0\n"
      + "[route]\nlayers=2\ngroups=4\ngroup_id=2\n"
    #expect(try run(net(1, 1, 2) + layers, [], input: [3, 4]) == [3])
    let whole = layers.split(separator: "[route]\nlayers=2").first.map(String.init) ?? ""
    #expect(try run(net(1, 1, 2) + whole, [], input: [3, 4]) == [6, 8, 3, 4])
  }

  @Test func shortcutsAddAndActivate() throws {
    let layers =
      "[dropout]\n[upsample]\nstride=1\nscale=-2\n[shortcut]\nfrom=-2\nactivation=leaky\n"
    expectClose(try run(net(2, 1, 1) + layers, [], input: [10, -3]), [-1, 3], absolute: 1e-6)
    let twice =
      "[dropout]\n[upsample]\nstride=1\nscale=2\n[shortcut]\nfrom=-2,0\nactivation=linear\n"
    #expect(try run(net(1, 1, 1) + twice, [], input: [5]) == [20])
  }

  @Test func channelsAndElementsAreScaled() throws {
    let squeeze = "[dropout]\n[avgpool]\n[scale_channels]\nfrom=-2\n"
    #expect(try run(net(2, 1, 2) + squeeze, [], input: [1, 3, 4, 8]) == [2, 6, 24, 48])
    let attention = "[dropout]\n[upsample]\nstride=1\nscale=2\n[sam]\nfrom=-2\n"
    #expect(try run(net(2, 1, 1) + attention, [], input: [3, -5]) == [18, 50])
  }

  @Test func upsamplingRepeatsPixels() throws {
    #expect(
      try run(net(2, 1, 1) + "[upsample]\nstride=2\n", [], input: [1, 2])
        == [1, 1, 2, 2, 1, 1, 2, 2])
  }

  @Test func plainReorgIsSpaceToDepth() throws {
    // Channels grow by the place in the block, rows first.
    #expect(
      try run(net(2, 2, 2) + "[reorg3d]\nstride=2\n", [], input: [1, 2, 3, 4, 5, 6, 7, 8])
        == [1, 5, 2, 6, 3, 7, 4, 8])
  }

  @Test func averagePoolIsGlobal() throws {
    #expect(try run(net(2, 2, 1) + "[avgpool]\n", [], input: [1, 2, 3, 6]) == [3])
  }

  @Test func fullyConnectedLayersFlattenTheirInput() throws {
    let cfg = net(2, 1, 1) + "[connected]\noutput=2\nactivation=linear\n"
    #expect(try run(cfg, [10, 20, 1, 2, 3, 4], input: [5, 6]) == [27, 59])
    // Versions above 1000 store inputs first; the count of pictures has 32 bits then.
    #expect(
      try run(
        cfg, [10, 20, 1, 3, 2, 4], input: [5, 6], version: [1001, 0, 0], seen: [0]) == [27, 59])
  }

  @Test func localLayersHaveWeightsOfTheirOwnAtEachPlace() throws {
    // Two columns, one filter of 3x3 with one pixel of zeros around: only the middle row counts.
    var numbers: [Float] = [100, 200]
    numbers += [0, 0, 0, 0, 1, 2, 0, 0, 0]  // first place: x0 + 2 x1
    numbers += [0, 0, 0, 3, 4, 0, 0, 0, 0]  // second place: 3 x0 + 4 x1
    let output = try run(
      net(2, 1, 1) + "[local]\nfilters=1\nsize=3\nstride=1\npad=1\nactivation=linear\n", numbers,
      input: [5, 7])
    #expect(output == [119, 243])
  }

  @Test func localLayersOrderFiltersChannelsAndPlaces() throws {
    // 2 channels, 2 places, 2 filters of 1x1. Weights: [place][filter][channel].
    let output = try run(
      net(2, 1, 2) + "[local]\nfilters=2\nsize=1\nstride=1\nactivation=linear\n",
      [0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 2, 0], input: [3, 4, 50, 60])
    #expect(output == [3, 64, 50, 8])
  }

  @Test func headersOfBothVersions() throws {
    let cfg = net(1, 1, 1) + "[convolutional]\nactivation=linear\n"
    #expect(try run(cfg, [1, 2], input: [3]) == [7])
    #expect(try run(cfg, [1, 2], input: [3], version: [0, 1, 0], seen: [9]) == [7])
    #expect(throws: ModelError.self) {
      try run(cfg, [1, 2], input: [3], version: [0, 1, 0], seen: [9, 9])
    }
    for version in [[-1, 2, 0], [Int32.max, Int32.max, 0]] as [[Int32]] {
      #expect(throws: ModelError.self) { try run(cfg, [1, 2], input: [3], version: version) }
    }
  }

  @Test func missingAndTrailingWeightsAreCounted() {
    let cfg = net(1, 1, 1) + "[convolutional]\nactivation=linear\n"
    for numbers in [[1], [1, 2, 3]] as [[Float]] {
      #expect {
        try run(cfg, numbers, input: [3])
      } throws: {
        "\($0)" == "\(numbers.count * 4) bytes of weights, the network needs 2 numbers (8 bytes)"
      }
    }
  }

  @Test func weightsThatAreNotFiniteAreNamed() throws {
    let cfg = net(1, 1, 1) + "[convolutional]\nactivation=linear\n"
    #expect {
      try run(cfg, [1, .nan], input: [3])
    } throws: {
      "\($0)" == "tensor conv_0.weights has 1 NaN"
    }
    var limits = ModelReadingLimits()
    limits.allowNonfinite = true
    _ = try DarknetReader.read(cfg: Array(cfg.utf8), weights: weights([1, .nan]), limits: limits)
    #expect(throws: ModelError.self) {
      try run(
        net(1, 1, 1) + "[convolutional]\nbatch_normalize=1\nactivation=linear\n",
        [0, 1, 0, -1, 1], input: [3])
    }
  }

  @Test func theInputSizeCanBeReplaced() throws {
    let cfg =
      DarknetConfigurationTests.net + DarknetConfigurationTests.conv
      + DarknetConfigurationTests.yolo
    let model = try DarknetReader.read(
      cfg: Array(cfg.utf8), weights: weights([Float](repeating: 0, count: 72)),
      inputSize: (width: 8, height: 4))
    #expect(model.inputs[0].shape == [1, 3, 4, 8])
    #expect(model.outputs[0].shape == [1, 18, 4, 8])
    #expect((model.darknetHeads[0].columns, model.darknetHeads[0].inputHeight) == (8, 4))
  }
}
