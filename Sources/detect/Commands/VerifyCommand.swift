internal import ArgumentParser
internal import ModelFormats
internal import Neural

/// `detect verify FOLDER…`: runs networks on stored inputs and compares with stored outputs.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check networks against stored results.",
    discussion: """
      A folder holds model.onnx and test_data_set_N/input_N.pb and output_N.pb, as model \
      collections and ONNX's own tests do. Each folder gives one line, the last line counts.
      """)

  @Argument(help: "Folders in the layout of ONNX's tests.")
  var folders: [String]

  @Option(help: "Absolute tolerance.")
  var atol = 1e-7

  @Option(help: "Relative tolerance.")
  var rtol = 1e-3

  @OptionGroup var execution: ExecutionArguments

  func validate() throws {
    guard atol >= 0, rtol >= 0 else {
      throw ValidationError("--atol and --rtol are not negative")
    }
  }

  func run() throws {
    let options = try execution.options()
    var counts = (passed: 0, failed: 0, skipped: 0)
    for folder in folders {
      let result = VerificationCase(folder: folder, atol: atol, rtol: rtol).run(options: options)
      let line: String
      switch result {
      case .passed:
        counts.passed += 1
        line = "passed"
      case .failed(let reason):
        counts.failed += 1
        line = "failed: \(reason)"
      case .skipped(let reason):
        counts.skipped += 1
        line = "skipped: \(reason)"
      }
      try StandardStreams.output("\(InputPath(folder).shown): \(Escaping.line(line))\n")
    }
    try StandardStreams.output(
      "\(counts.passed) passed, \(counts.failed) failed, \(counts.skipped) skipped\n")
    if counts.failed > 0 { throw CommandFailure(.someInputFailed, nil) }
  }
}

/// One folder of `detect verify`.
struct VerificationCase {
  let folder: String
  let atol: Double
  let rtol: Double

  enum Outcome {
    case passed
    case failed(String)
    /// The network needs an operator that is out of the toolkit's scope.
    case skipped(String)
  }

  func run(options: ExecutionOptions) -> Outcome {
    do {
      var limits = ModelReadingLimits()
      limits.allowNonfinite = true
      let model = try ModelReader.read(path: folder + "/model.onnx", limits: limits)
      for operation in model.operatorCounts.keys.sorted() {
        let parts = operation.split(separator: ".").map(String.init)
        let domain = parts.dropLast().joined(separator: ".")
        if let reason = OutOfScope.reason(parts.last ?? operation, domain: domain) {
          return .skipped("\(operation): \(reason)")
        }
      }
      for value in model.inputs + model.outputs {
        if let reason = OutOfScope.reason(elementType: value.elementType) {
          return .skipped("\(value.name): \(reason)")
        }
      }
      try model.checkSupported()
      var count = 0
      while FileStatus(InputPath("\(folder)/test_data_set_\(count)"))?.kind == .folder {
        if let difference = try verify(model, dataSet: count, options: options) {
          return .failed("test_data_set_\(count): \(difference)")
        }
        count += 1
      }
      return count > 0 ? .passed : .failed("has no test_data_set_0")
    } catch {
      return .failed("\(error)")
    }
  }

  /// - Returns: The first difference.
  private func verify(
    _ model: Model, dataSet: Int, options: ExecutionOptions
  ) throws -> String? {
    let inputs = try tensors("input", dataSet, count: model.graph.inputs.count)
    let expected = try tensors("output", dataSet, count: model.graph.outputs.count)
    guard inputs.count == model.graph.inputs.count, expected.count == model.graph.outputs.count
    else {
      return "has \(inputs.count) inputs and \(expected.count) outputs, the network "
        + "\(model.graph.inputs.count) and \(model.graph.outputs.count)"
    }
    let outputs = try outputs(of: model.graph, inputs, options: options)
    for (index, output) in outputs.enumerated() {
      let declared = model.outputs.indices.contains(index) ? model.outputs[index].elementType : ""
      if let difference = difference(output, expected[index], declared: declared) {
        return "output \(model.graph.outputs[index].name)\(difference)"
      }
    }
    return nil
  }

  private func tensors(_ kind: String, _ dataSet: Int, count: Int) throws -> [Tensor] {
    var tensors: [Tensor] = []
    while tensors.count < count {
      let path = "\(folder)/test_data_set_\(dataSet)/\(kind)_\(tensors.count).pb"
      guard FileStatus(InputPath(path)) != nil else { break }
      tensors.append(try ONNXTensorReader.read(path: path).tensor)
    }
    return tensors
  }

  private func outputs(
    of graph: Graph, _ inputs: [Tensor], options: ExecutionOptions
  ) throws -> [Tensor] {
    let shapes = Dictionary(
      zip(graph.inputs.map(\.name), inputs.map(\.shape)), uniquingKeysWith: { first, _ in first })
    return try HybridNetwork(graph: graph, inputShapes: shapes, options: options).run(inputs)
  }

  /// - Parameter declared: The output's type in the file. Networks compute in Float32: where the file
  ///   has a shorter type, two of its steps are allowed.
  private func difference(
    _ actual: Tensor, _ expected: Tensor, declared: String
  ) -> String? {
    let rtol = max(rtol, ["bfloat16": 0x1p-7, "float16": 0x1p-10][declared] ?? 0)
    guard actual.elementType == expected.elementType else {
      return " is \(actual.elementType.rawValue), expected \(expected.elementType.rawValue)"
    }
    guard actual.shape == expected.shape else {
      return " has shape \(shapeText(actual.shape)), expected \(shapeText(expected.shape))"
    }
    if actual.elementType != .float32 {
      let isSame = actual.withUnsafeBytes { a in
        expected.withUnsafeBytes { a.elementsEqual($0) }
      }
      if isSame { return nil }
    }
    let isExact = actual.elementType != .float32
    let (a, b) = (actual.floats(), expected.floats())
    for index in a.indices {
      if a[index] == b[index] || (a[index].isNaN && b[index].isNaN) { continue }
      let (x, y) = (Double(a[index]), Double(b[index]))
      if !isExact, abs(x - y) <= atol + rtol * abs(y), x.isFinite, y.isFinite { continue }
      return "[\(index)] is \(a[index]), expected \(b[index])"
    }
    return isExact ? " differs beyond single precision" : nil
  }
}
