/// How far a network's outputs move when one value alone is sent through 8 bits.
///
/// One scale for a whole value suits most, but hurts where few large numbers stretch the range of
/// many small ones, as often behind a network's first convolution; such a value spoils a network
/// whose other values are well.
package struct QuantizationSensitivity {
  private let graph: Graph
  private let inputShapes: [String: [Int]]
  private let options: ExecutionOptions
  private let inputs: [Tensor]
  private let expected: [[Tensor]]

  /// - Parameter inputs: Of the graph's one input, for a picture each.
  /// - Throws: `GraphError`.
  package init(
    _ graph: Graph, inputShapes: [String: [Int]], inputs: [Tensor], options: ExecutionOptions
  ) throws {
    self.graph = graph
    self.inputShapes = inputShapes
    self.inputs = inputs
    self.options = options
    let network = try Network(graph: graph, inputShapes: inputShapes, options: options)
    expected = try inputs.map { try network.run([$0]) }
  }

  /// The squared error of the outputs in units of their variance, summed over outputs and averaged
  /// over pictures, where one value is rounded to 8 bits; infinite where one is not finite.
  ///
  /// - Parameter name: Of a value of the graph.
  /// - Throws: `GraphError`.
  package func error(of name: String, range: ClosedRange<Float>) throws -> Double {
    guard let rounded = try rounded(name, QuantizationParameters(range)) else { return 0 }
    let network = try Network(graph: rounded, inputShapes: inputShapes, options: options)
    var error = 0.0
    for (input, expected) in zip(inputs, expected) {
      for (actual, right) in zip(try network.run([input]), expected) {
        error += Self.relativeError(actual.floats(), right.floats())
      }
    }
    return error / Double(max(inputs.count, 1))
  }

  /// Those whose error is more than a tenth of what all that are left cause together, the worst
  /// first, with their share: they do better in floating point.
  ///
  /// Errors of different values hardly depend on each other, so their squares add up.
  ///
  /// - Throws: `GraphError`.
  package func outliers(
    _ ranges: [(name: String, range: ClosedRange<Float>)]
  ) throws -> [(name: String, share: Double)] {
    var errors: [(name: String, error: Double)] = []
    for (name, range) in ranges { errors.append((name, try error(of: name, range: range))) }
    errors.sort { ($0.error, $1.name) > ($1.error, $0.name) }
    var outliers: [(name: String, share: Double)] = []
    // Some ten values of the same error are no outliers.
    while errors.count > 20, let worst = errors.first, worst.error > 0 {
      let share = worst.error.isFinite ? worst.error / errors.reduce(0) { $0 + $1.error } : 1
      guard !(share <= 0.1) else { break }
      outliers.append((worst.name, share))
      errors.removeFirst()
    }
    return outliers
  }

  /// The graph with a value written as integers and read back.
  private func rounded(_ name: String, _ parameters: QuantizationParameters) throws -> Graph? {
    var graph = graph
    let position: Int
    let value: Graph.ValueID
    if let input = graph.inputs.first(where: { graph.valueNames[$0.value.index] == name }) {
      (position, value) = (0, input.value)
    } else {
      guard
        let maker = graph.nodes.firstIndex(where: {
          $0.outputs.contains { graph.valueNames[$0.index] == name }
        }),
        let made = graph.nodes[maker].outputs.first(where: { graph.valueNames[$0.index] == name })
      else { return nil }
      (position, value) = (maker + 1, made)
    }
    let scale = graph.addConstant(try Tensor([parameters.scale], shape: []), name: "scale")
    let zero = graph.addConstant(
      try Tensor(.uint8, shape: [], as: UInt8.self) { $0[0] = parameters.zero }, name: "zero")
    let integers = graph.addValue(name: "integers")
    let numbers = graph.addValue(name: "numbers")
    for index in graph.nodes.indices[position...] {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0 == value ? numbers : $0 }
    }
    graph.nodes.insert(
      contentsOf: [
        Graph.Node(
          name: "quantize", operation: QuantizeLinear(), inputs: [value, scale, zero],
          outputs: [integers]),
        Graph.Node(
          name: "dequantize", operation: DequantizeLinear(), inputs: [integers, scale, zero],
          outputs: [numbers]),
      ], at: position)
    return graph
  }

  private static func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
    guard !expected.isEmpty else { return 0 }
    let mean = expected.reduce(0) { $0 + Double($1) } / Double(expected.count)
    var (error, variance) = (0.0, 0.0)
    for (a, e) in zip(actual, expected) {
      error += (Double(a) - Double(e)) * (Double(a) - Double(e))
      variance += (Double(e) - mean) * (Double(e) - mean)
    }
    guard error.isFinite else { return .infinity }
    return variance > 0 ? error / variance : 0
  }
}
