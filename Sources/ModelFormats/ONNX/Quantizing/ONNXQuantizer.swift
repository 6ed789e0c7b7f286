internal import Neural
internal import SwiftProtobuf

/// Writes ONNX models with 8-bit weights and values: `QuantizeLinear` and `DequantizeLinear` around
/// convolutions and what lies between them.
///
/// Weights are symmetric Int8 with a scale for each output channel, values UInt8 with one scale. What
/// follows the last convolutions, such as the decoding of boxes, stays in floating point.
package struct ONNXQuantizer {
  private static let operators: Set<String> = [
    "Conv", "Sigmoid", "Mul", "Add", "Concat", "MaxPool", "Resize", "Relu", "LeakyRelu",
    "HardSigmoid", "HardSwish", "Clip",
  ]
  private var proto: Onnx_ModelProto
  private var constants: [String: Tensor] = [:]
  /// Positions of the nodes that become integer.
  private var chosen: Set<Int> = []
  /// Values that are quantised: what chosen nodes read and write.
  package private(set) var values: Set<String> = []
  /// What convolutions among them read, in the order of the file.
  package private(set) var convolutionInputs: [String] = []

  /// - Parameters:
  ///   - bytes: An ONNX file.
  ///   - model: The same file, read.
  /// - Throws: `ModelError` for sets of operators older than 11, and where there is no convolution.
  package init(_ bytes: [UInt8], model: Model) throws {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = ONNXReader.depthLimit
    do {
      proto = try Onnx_ModelProto(serializedBytes: bytes, options: options)
    } catch {
      throw ModelError.malformed("not a valid ONNX file")
    }
    try raiseOpset()
    for (value, tensor) in model.graph.constants where tensor.elementType == .float32 {
      constants[model.graph.valueNames[value.index]] = tensor
    }
    choose()
    guard !chosen.isEmpty else { throw ModelError.graph("there is no convolution to quantise") }
  }

  private mutating func raiseOpset() throws {
    guard let index = proto.opsetImport.firstIndex(where: { ["", "ai.onnx"].contains($0.domain) })
    else { return }
    let version = proto.opsetImport[index].version
    guard version < 13 else { return }
    guard version >= 11 else {
      throw ModelError.graph("operator set \(version): quantising needs 11 or newer")
    }
    let raising = OpsetRaising(proto.graph)
    proto.graph.node = raising.nodes
    proto.graph.initializer += raising.initializers
    proto.opsetImport[index].version = 13
  }

  /// Convolutions with constant weights, and what lies between them, but nothing after a softmax.
  private mutating func choose() {
    let nodes = proto.graph.node
    var makers: [String: Int] = [:]
    var isAfterSoftmax = [Bool](repeating: false, count: nodes.count)
    for (position, node) in nodes.enumerated() {
      isAfterSoftmax[position] =
        node.opType == "Softmax"
        || node.input.contains { makers[$0].map { isAfterSoftmax[$0] } ?? false }
      for output in node.output { makers[output] = position }
    }
    func isConvolution(_ position: Int) -> Bool {
      let node = nodes[position]
      return node.opType == "Conv" && !isAfterSoftmax[position] && node.input.count > 1
        && (constants[node.input[1]]?.shape.count ?? 0) == 4
        && (node.input.count < 3 || constants[node.input[2]] != nil)
    }
    var leads = [Bool](repeating: false, count: nodes.count)
    for position in nodes.indices.reversed() {
      if isConvolution(position) { leads[position] = true }
      guard leads[position] else { continue }
      for input in nodes[position].input {
        if let maker = makers[input] { leads[maker] = true }
      }
    }
    for position in nodes.indices
    where Self.operators.contains(nodes[position].opType) && leads[position] {
      if nodes[position].opType == "Conv", !isConvolution(position) { continue }
      chosen.insert(position)
      let node = nodes[position]
      let read =
        ["Resize", "Clip", "Conv"].contains(node.opType) ? node.input.prefix(1) : node.input[...]
      values.formUnion(read.filter { !$0.isEmpty && constants[$0] == nil })
      values.formUnion(node.output.prefix(1))
      if node.opType == "Conv", !convolutionInputs.contains(node.input[0]) {
        convolutionInputs.append(node.input[0])
      }
    }
  }

  /// Which nodes become integer, and which values are written as integers: those that have a range
  /// and that one of these nodes reads.
  private func selection(
    _ ranges: [String: ClosedRange<Float>]
  ) -> (nodes: Set<Int>, values: Set<String>) {
    let nodes = proto.graph.node
    var kept = values.intersection(ranges.keys)
    while true {
      let integer = chosen.filter { position in
        let node = nodes[position]
        // A convolution's integer weights serve a result in floating point too.
        return node.opType == "Conv"
          ? kept.contains(node.input[0]) : node.output.prefix(1).allSatisfy(kept.contains)
      }
      let read = Set(integer.flatMap { nodes[$0].input })
      guard !kept.isSubset(of: read) else { return (integer, kept) }
      kept.formIntersection(read)
    }
  }

  /// The quantised file.
  ///
  /// - Parameter ranges: By value; values of which one is missing stay in floating point, and so do
  ///   nodes around them.
  /// - Throws: `ModelError`.
  package func quantized(ranges: [String: ClosedRange<Float>]) throws -> [UInt8] {
    var result = proto
    var writer = QuantizedGraphWriter(constants: constants)
    let nodes = proto.graph.node
    let (integer, kept) = selection(ranges)
    let integerValues = Set(integer.flatMap { nodes[$0].output })
    func quantize(_ name: String) {
      guard kept.contains(name), let range = ranges[name] else { return }
      writer.quantize(name, QuantizationParameters(range))
    }
    for input in proto.graph.input { quantize(input.name) }
    for (position, node) in nodes.enumerated() {
      if integer.contains(position) {
        try writer.addInteger(node)
      } else {
        writer.addFloat(node, isInteger: integerValues.contains)
      }
      for output in node.output { quantize(output) }
    }
    result.graph.node = writer.nodes
    result.graph.initializer += writer.initializers
    let used = Set(writer.nodes.flatMap(\.input)).union(result.graph.output.map(\.name))
    result.graph.initializer.removeAll { !used.contains($0.name) }
    result.graph.input.removeAll { input in
      !used.contains(input.name) && constants[input.name] != nil
    }
    do {
      return try result.serializedBytes()
    } catch {
      throw ModelError.graph("the quantised network cannot be written: \(error)")
    }
  }
}
