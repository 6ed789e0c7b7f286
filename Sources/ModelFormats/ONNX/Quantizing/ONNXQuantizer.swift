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
  /// Those whose definition changed with set 13, where scales for each channel begin.
  private static let changed: Set<String> = [
    "Split", "Squeeze", "Unsqueeze", "ReduceSum", "Softmax", "LogSoftmax", "Upsample",
  ]

  private var proto: Onnx_ModelProto
  private var constants: [String: Tensor] = [:]
  /// Positions of the nodes that become integer.
  private var chosen: Set<Int> = []
  /// Values that are quantised: what chosen nodes read and write.
  package private(set) var values: Set<String> = []

  /// - Parameters:
  ///   - bytes: An ONNX file.
  ///   - model: The same file, read.
  /// - Throws: `ModelError` for sets of operators older than 11, and from 11 to 12 where an operator
  ///   changed since.
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
    let used = Set(proto.graph.node.map(\.opType)).intersection(Self.changed).sorted()
    guard version >= 11, used.isEmpty else {
      throw ModelError.graph(
        "operator set \(version): quantising needs 13, or 11 without "
          + (used.isEmpty ? Self.changed.sorted() : used).joined(separator: ", "))
    }
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
    }
  }

  /// The quantised file.
  ///
  /// - Parameter ranges: By value; nodes of which one is missing stay in floating point.
  /// - Throws: `ModelError`.
  package func quantized(ranges: [String: ClosedRange<Float>]) throws -> [UInt8] {
    var result = proto
    var writer = QuantizedGraphWriter(constants: constants)
    let nodes = proto.graph.node
    for input in proto.graph.input where values.contains(input.name) {
      if let range = ranges[input.name] { writer.quantize(input.name, range) }
    }
    for (position, node) in nodes.enumerated() {
      var node = node
      let isWhole =
        chosen.contains(position)
        && node.output.prefix(1).allSatisfy { ranges[$0] != nil }
      if isWhole {
        try writer.addInteger(&node)
      } else {
        writer.nodes.append(node)
      }
      for output in node.output where values.contains(output) {
        if let range = ranges[output] { writer.quantize(output, range) }
      }
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
