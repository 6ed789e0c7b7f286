internal import ArgumentParser
internal import ModelFormats
internal import Neural

/// `detect infer --model M --input x.npz --output y.npz`: raw tensors in and out.
struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer", abstract: "Run a network on raw tensors.",
    discussion: "Arrays of the .npz files are named as the model's inputs and outputs.")

  @OptionGroup var model: ModelArguments

  @Option(name: .shortAndLong, help: "An .npz file with an array for each input of the network.")
  var input: String

  @Option(name: .shortAndLong, help: "The .npz file to write.")
  var output: String

  @Option(help: "Run so many times and say on standard error how long the fastest took.")
  var `repeat`: Int?

  @OptionGroup var execution: ExecutionArguments

  func validate() throws {
    if let `repeat`, !(1...1_000_000).contains(`repeat`) {
      throw ValidationError("--repeat is between 1 and 1000000")
    }
  }

  func run() throws {
    let path = try model.path()
    let options = try execution.options()
    let file = try OutputFile(RawArguments.path(for: output))
    let tensors = try loading(input) { try NumPyReader.read(path: input) }
    let network = try loading(path) {
      let loaded = try ModelReader.read(
        path: path, weightsPath: model.weights, limits: model.limits)
      let shapes = Dictionary(
        tensors.map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { first, _ in first })
      try loaded.checkSupported()
      let inputNames = loaded.graph.inputs.map(\.name)
      try Self.check(tensors.map(\.name), against: inputNames, input: input)
      return try HybridNetwork(graph: loaded.graph, inputShapes: shapes, options: options)
    }
    let given = try network.inputTypes.map { name, elementType in
      guard let tensor = tensors.first(where: { $0.name == name })?.tensor else {
        throw CommandFailure(.refused, "\(input): no array \(name)")
      }
      return try loading(input) { try tensor.converted(to: elementType) }
    }
    let results = try loading(path) { try timed { try network.run(given) } }
    let named = zip(network.outputNames, results).map { NamedTensor(name: $0, tensor: $1) }
    let bytes = try loading(output) { try NumPyWriter.npz(named) }
    try file.write(bytes)
    try file.finish()
  }

  private func timed(_ run: () throws -> [Tensor]) throws -> [Tensor] {
    guard let `repeat` else { return try run() }
    let clock = ContinuousClock()
    var results: [Tensor] = []
    var fastest = Duration.seconds(Int64.max)
    for _ in 0..<`repeat` {
      fastest = min(fastest, try clock.measure { results = try run() })
    }
    let milliseconds = (fastest / .milliseconds(1) * 1000).rounded() / 1000
    StandardStreams.message("fastest run \(milliseconds) ms")
    return results
  }

  private static func check(_ given: [String], against names: [String], input: String) throws {
    for name in names where !given.contains(name) {
      throw CommandFailure(
        .refused,
        "\(input): the model's input \(name) is missing; the file has "
          + given.prefix(8).joined(separator: ", "))
    }
    for name in given where !names.contains(name) {
      throw CommandFailure(
        .refused,
        "\(input): the model has no input \(name), but " + names.prefix(8).joined(separator: ", "))
    }
  }
}
