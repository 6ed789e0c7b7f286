internal import ArgumentParser
internal import Geometry
internal import ModelFormats
internal import Neural
internal import StrictJSON

/// `detect bench`: times the network alone, warm, in this process.
struct BenchCommand: ParsableCommand {
  /// More would only be taken by mistake.
  private static let maxBatch = 1024

  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Time a network, without decoding and boxes.")

  @OptionGroup var model: ModelArguments
  @OptionGroup var execution: ExecutionArguments

  @Option(help: "Runs that are timed, after the warm-up.")
  var runs = 20

  @Option(help: "Input size, N or WxH, in place of the model's own.")
  var imgsz: InputSizeArgument?

  @Option(help: "Pictures at a time, in place of the model's own number.")
  var batch: Int?

  @Flag(help: "One JSON object.")
  var json = false

  @Flag(
    help: ArgumentHelp(
      "Also list each layer: time, GFLOP/s, share of the measured peak, and the kernel chosen."))
  var layers = false

  func validate() throws {
    guard (1...1_000_000).contains(runs) else {
      throw ValidationError("--runs is between 1 and 1000000")
    }
    if let batch, !(1...Self.maxBatch).contains(batch) {
      throw ValidationError("--batch is between 1 and \(Self.maxBatch)")
    }
  }

  func run() throws {
    let path = try model.path()
    let options = try execution.options()
    let clock = ContinuousClock()
    let start = clock.now
    let loaded = try loading(path) {
      let loaded = try ModelReader.read(
        path: path, weightsPath: model.weights, limits: model.limits, inputSize: imgsz?.sides)
      try loaded.checkSupported()
      return loaded
    }
    let read = clock.now
    let shapes = loaded.inputShapes(size: imgsz?.size, batch: batch)
    let network = try loading(path) {
      try HybridNetwork(graph: loaded.graph, inputShapes: shapes, options: options)
    }
    let planned = clock.now
    let inputs = try loading(path) { try Self.randomInputs(loaded.graph.inputs, shapes) }
    var times: [Double] = []
    let first = try Self.time(clock) { _ = try loading(path) { try network.run(inputs) } }
    // A whole plan runs in place; inputs are handed over only where nodes run one by one.
    let whole = network.interpretedNodeCount == 0 ? network.network : nil
    let run = { if let whole { try whole.run() } else { _ = try network.run(inputs) } }
    for _ in 0..<2 { try loading(path) { try run() } }
    for _ in 0..<runs { times.append(try Self.time(clock) { try loading(path) { try run() } }) }
    times.sort()
    let table = try layers ? loading(path) { try LayerTable(of: network, inputs: inputs) } : nil
    let median =
      runs % 2 == 1 ? times[runs / 2] : (times[runs / 2 - 1] + times[runs / 2]) / 2
    let stages: [(String, Double)] = [
      ("read_ms", Self.milliseconds(read - start)), ("plan_ms", Self.milliseconds(planned - read)),
      ("first_run_ms", first),
    ]
    try report(
      name: ModelArguments.name(ofPath: path), network: network, median: median, least: times[0],
      stages: stages, table: table)
  }

  private func report(
    name: String, network: HybridNetwork, median: Double, least: Double, stages: [(String, Double)],
    table: LayerTable?
  ) throws {
    let rounded = { (value: Double) in (value * 1000).rounded() / 1000 }
    let precision = network.hasIntegers ? "int8" : network.precision.rawValue
    let threads = network.network?.threads ?? 1
    if json {
      let record: JSONValue = [
        "model": .string(name), "threads": .integer(threads),
        "precision": .string(precision),
        "isa": .string(network.instructionSet.rawValue),
        "runs": .integer(runs), "median_ms": .number(rounded(median)),
        "min_ms": .number(rounded(least)),
        "stages": .object(
          JSONObject(stages.map { JSONObject.Member($0.0, .number(rounded($0.1))) })),
      ]
      var object = record.objectValue ?? JSONObject()
      object["layers"] = table?.json
      try StandardStreams.output(try JSONWriter.bytes(of: .object(object)) + [UInt8(ascii: "\n")])
      return
    }
    if let table { try StandardStreams.output(table.text) }
    let planned = network.network?.multiplyAdds ?? 0
    let gigaflops = 2 * Double(planned) / median / 1e6
    let oneByOne =
      network.interpretedNodeCount > 0 ? ", \(network.interpretedNodeCount) nodes one by one" : ""
    let text = stages.map { "\($0.0) \(rounded($0.1))" }.joined(separator: ", ")
    try StandardStreams.output(
      "\(name): median \(rounded(median)) ms, least \(rounded(least)) ms (\(runs) runs, "
        + "\(threads) threads, \(precision)\(oneByOne), "
        + "\(network.instructionSet.rawValue), \(Int(gigaflops)) GFLOP/s; \(text))\n")
  }

  private static func time(_ clock: ContinuousClock, _ body: () throws -> Void) rethrows -> Double {
    let start = clock.now
    try body()
    return milliseconds(clock.now - start)
  }

  private static func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }

  /// The same pseudo-random values in `[0, 1)` every time; integer inputs are zero.
  private static func randomInputs(
    _ inputs: [Graph.Input], _ shapes: [String: [Int]]
  ) throws -> [Tensor] {
    var state: UInt32 = 1
    return try inputs.map { input in
      let shape = try input.resolvedShape(given: shapes[input.name])
      var tensor = try Tensor(zeros: input.elementType, shape: shape)
      guard input.elementType == .float32 else { return tensor }
      try tensor.withUnsafeMutableBytes { bytes in
        let values = bytes.bindMemory(to: Float.self)
        for index in values.indices {
          state = state &* 1_664_525 &+ 1_013_904_223
          values[index] = Float(state >> 8) / 16_777_216
        }
      }
      return tensor
    }
  }
}
