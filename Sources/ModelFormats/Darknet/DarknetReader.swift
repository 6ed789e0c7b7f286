internal import Files
internal import Neural

/// Reads a Darknet network: a `.cfg` text that describes the layers and a `.weights` file with
/// their numbers in the same order.
///
/// The graph has one input `data`, Float32 `[1, channels, height, width]`, RGB in `[0, 1]`, and one
/// output per detection section: the raw tensor that feeds it (`conv_N`, N counted from 0 after
/// `[net]`). A section or key that is not understood is an error, never skipped.
package enum DarknetReader {
  /// - Parameters:
  ///   - path: The configuration.
  ///   - weightsPath: The weights; `nil` means the file beside the configuration that differs in
  ///     its suffix only, `.weights` for `.cfg`.
  ///   - limits: Sizes, and whether weights that are not finite pass.
  ///   - inputSize: Replaces the width and height of `[net]`, in pixels.
  /// - Returns: The graph, the heads in section order, and what the files say. `nodeCount` and
  ///   `operatorCounts` count sections.
  /// - Throws: `FileError`, or `ModelError.inFile` with the file that is at fault.
  package static func read(
    path: String, weightsPath: String? = nil, limits: ModelReadingLimits = ModelReadingLimits(),
    inputSize: (width: Int, height: Int)? = nil
  ) throws -> Model {
    let network = try inFile(path) {
      try Self.network(
        RegularFile.read(path, byteLimit: DarknetConfiguration.byteLimit), inputSize: inputSize)
    }
    let weightsPath = weightsPath ?? weightsPathBeside(path)
    let bytes = try RegularFile.read(weightsPath, byteLimit: limits.maxFileBytes)
    return try inFile(weightsPath) { try model(network, weights: bytes, limits) }
  }

  /// The same from memory.
  ///
  /// - Throws: `ModelError`, `TensorError.outOfMemory`.
  package static func read(
    cfg: [UInt8], weights: [UInt8], limits: ModelReadingLimits = ModelReadingLimits(),
    inputSize: (width: Int, height: Int)? = nil
  ) throws -> Model {
    try model(network(cfg, inputSize: inputSize), weights: weights, limits)
  }

  /// Checks a configuration by itself, without weights.
  ///
  /// - Returns: The number of Float32 weights that the network needs, and its heads.
  /// - Throws: `ModelError`.
  package static func check(cfg: [UInt8]) throws -> (weightCount: Int, heads: [DarknetHead]) {
    let network = try network(cfg, inputSize: nil)
    return (network.weightCount, network.heads)
  }

  /// `x.weights` for `x.cfg`; for other names, the suffix is added.
  package static func weightsPathBeside(_ cfgPath: String) -> String {
    (cfgPath.hasSuffix(".cfg") ? String(cfgPath.dropLast(4)) : cfgPath) + ".weights"
  }

  private static func network(
    _ cfg: [UInt8], inputSize: (width: Int, height: Int)?
  ) throws -> DarknetNetwork {
    if let size = inputSize {
      for (name, side) in [("width", size.width), ("height", size.height)]
      where !(1...DarknetNetwork.sideLimit).contains(side) {
        throw ModelError.limit(
          "input \(name)", value: side, allowed: DarknetNetwork.sideLimit)
      }
    }
    return try DarknetNetwork(DarknetConfiguration(parsing: cfg), inputSize: inputSize)
  }

  private static func model(
    _ network: DarknetNetwork, weights bytes: [UInt8], _ limits: ModelReadingLimits
  ) throws -> Model {
    let weights = try DarknetWeights(bytes, allowsNonfinite: limits.allowNonfinite)
    let builder = try DarknetGraphBuilder(
      network, weights: weights, allowsNonfinite: limits.allowNonfinite)
    var model = Model(format: .darknet, graph: builder.graph)
    model.darknetHeads = network.heads
    model.tensors = builder.tensors
    model.parameterCount = network.weightCount
    model.nodeCount = network.layers.count
    for layer in network.layers { model.operatorCounts[layer.name, default: 0] += 1 }
    let version = weights.version
    model.producer = "Darknet \(version.major).\(version.minor).\(version.revision)"
    model.metadata["seen"] = "\(weights.seenCount)"
    if let usesLetterbox = network.usesLetterbox {
      model.metadata["letter_box"] = usesLetterbox ? "1" : "0"
    }
    model.inputs = builder.graph.inputs.map {
      TensorInfo(
        name: $0.name, elementType: $0.elementType.rawValue, dimensions: $0.dimensions)
    }
    model.outputs = outputs(network)
    return model
  }

  private static func outputs(_ network: DarknetNetwork) -> [TensorInfo] {
    let sources = network.layers.filter { if case .head = $0.operation { true } else { false } }
    var names: Set<String> = []
    var outputs: [TensorInfo] = []
    for layer in sources.isEmpty ? Array(network.layers.suffix(1)) : sources {
      var name = layer.outputName
      if case .head(let head) = layer.operation { name = head.outputName }
      guard names.insert(name).inserted else { continue }
      let shape = [1, layer.output.channels, layer.output.height, layer.output.width]
      outputs.append(
        TensorInfo(
          name: name, elementType: ElementType.float32.rawValue,
          dimensions: shape.map { .fixed($0) }))
    }
    return outputs
  }

  private static func inFile<T>(_ path: String, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as ModelError {
      throw ModelError.inFile(path, error)
    } catch let error as TensorError {
      throw ModelError.inFile(path, .malformed("\(error)"))
    }
  }
}
