internal import Files
internal import Neural

/// Reads a Darknet network: a `.cfg` text that describes the layers and a `.weights` file with
/// their numbers in the same order.
///
/// The graph has one input `data`, Float32 `[1, channels, height, width]`, RGB in `[0, 1]`, and one
/// output per detection section: the raw tensor that feeds it (`conv_N`, N counted from 0 after
/// `[net]`). A section or key that is not understood is an error, never skipped.
package enum DarknetReader {
  package struct Options: Sendable {
    /// Replaces the width and height of `[net]`.
    package var inputSize: (width: Int, height: Int)?
    /// Takes weights with NaN, infinities or negative variances.
    package var allowsNonfinite: Bool

    package init(inputSize: (width: Int, height: Int)? = nil, allowsNonfinite: Bool = false) {
      self.inputSize = inputSize
      self.allowsNonfinite = allowsNonfinite
    }
  }

  /// - Parameters:
  ///   - cfgPath: The configuration.
  ///   - weightsPath: The weights; `nil` means the file beside the configuration that differs in
  ///     its suffix only, `.weights` for `.cfg`.
  /// - Returns: The graph, the heads in section order, and what the files say. `nodeCount` and
  ///   `operatorCounts` count sections.
  /// - Throws: `FileError`, or `ModelError.inFile` with the file that is at fault.
  package static func read(
    cfgPath: String, weightsPath: String? = nil, options: Options = Options()
  ) throws -> Model {
    let network = try inFile(cfgPath) {
      try Self.network(
        RegularFile.read(cfgPath, byteLimit: DarknetConfiguration.byteLimit), options)
    }
    let weightsPath = weightsPath ?? weightsPathBeside(cfgPath)
    let bytes = try RegularFile.read(weightsPath, byteLimit: DarknetWeights.byteLimit)
    return try inFile(weightsPath) { try model(network, weights: bytes, options) }
  }

  /// The same from memory.
  ///
  /// - Throws: `ModelError`, `TensorError.outOfMemory`.
  package static func read(
    cfg: [UInt8], weights: [UInt8], options: Options = Options()
  ) throws -> Model {
    try model(network(cfg, options), weights: weights, options)
  }

  /// Checks a configuration by itself, without weights.
  ///
  /// - Returns: The number of Float32 weights that the network needs, and its heads.
  /// - Throws: `ModelError`.
  package static func check(
    cfg: [UInt8], options: Options = Options()
  ) throws -> (weightCount: Int, heads: [DarknetHead]) {
    let network = try network(cfg, options)
    return (network.weightCount, network.heads)
  }

  /// `x.weights` for `x.cfg`; for other names, the suffix is added.
  package static func weightsPathBeside(_ cfgPath: String) -> String {
    (cfgPath.hasSuffix(".cfg") ? String(cfgPath.dropLast(4)) : cfgPath) + ".weights"
  }

  private static func network(_ cfg: [UInt8], _ options: Options) throws -> DarknetNetwork {
    if let size = options.inputSize {
      for (name, side) in [("width", size.width), ("height", size.height)]
      where !(1...DarknetNetwork.sideLimit).contains(side) {
        throw ModelError.limit(
          "input \(name)", value: side, allowed: DarknetNetwork.sideLimit)
      }
    }
    return try DarknetNetwork(DarknetConfiguration(parsing: cfg), inputSize: options.inputSize)
  }

  private static func model(
    _ network: DarknetNetwork, weights bytes: [UInt8], _ options: Options
  ) throws -> Model {
    let weights = try DarknetWeights(bytes, allowsNonfinite: options.allowsNonfinite)
    let builder = try DarknetGraphBuilder(
      network, weights: weights, allowsNonfinite: options.allowsNonfinite)
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
