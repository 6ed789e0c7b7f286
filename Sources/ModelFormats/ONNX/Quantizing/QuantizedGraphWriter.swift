internal import FoundationEssentials
internal import Neural
internal import SwiftProtobuf

/// Builds the nodes and stored tensors of a quantised graph.
struct QuantizedGraphWriter {
  let constants: [String: Tensor]
  var nodes: [Onnx_NodeProto] = []
  private(set) var initializers: [Onnx_TensorProto] = []
  /// What integer nodes read in place of a value, and its scale.
  private var dequantized: [String: (name: String, scale: Float)] = [:]
  private var weightNames: [String: String] = [:]

  init(constants: [String: Tensor]) { self.constants = constants }

  /// Sends a value through integers: `round(x / scale) + zero` in 0...255.
  mutating func quantize(_ name: String, _ range: QuantizationParameters) {
    let (scale, zero) = (range.scale, range.zero)
    add(name + "_scale", type: 1, dimensions: [], Self.bytes([scale]))
    add(name + "_zero_point", type: 2, dimensions: [], [zero])
    let parameters = [name + "_scale", name + "_zero_point"]
    append("QuantizeLinear", [name] + parameters, name + "_quantized")
    append("DequantizeLinear", [name + "_quantized"] + parameters, name + "_dequantized")
    dequantized[name] = (name + "_dequantized", scale)
  }

  /// Adds a node that stays in floating point.
  ///
  /// - Parameter isInteger: Whether a value is made by an integer node, so that its integers are
  ///   there without a second computation.
  mutating func addFloat(_ node: Onnx_NodeProto, isInteger: (String) -> Bool) {
    var node = node
    for index in node.input.indices where isInteger(node.input[index]) {
      if let replacement = dequantized[node.input[index]] { node.input[index] = replacement.name }
    }
    nodes.append(node)
  }

  /// Adds a node that reads dequantised values and weights.
  mutating func addInteger(_ original: Onnx_NodeProto) throws {
    var node = original
    let original = original.input
    for index in node.input.indices {
      if let replacement = dequantized[node.input[index]] { node.input[index] = replacement.name }
    }
    if node.opType == "Conv", let scale = dequantized[original[0]]?.scale,
      let weights = constants[original[1]]
    {
      let bias = original.count > 2 ? original[2] : nil
      let names = addWeights(
        original[1], weights, bias: bias.flatMap { constants[$0] }, biasName: bias,
        inputScale: scale,
        node: node.output[0])
      node.input[1] = names.weights
      if let bias = names.bias { node.input[2] = bias }
    }
    nodes.append(node)
  }

  /// Int8 weights with a scale for each of the first axis, and a bias in steps of both scales.
  private mutating func addWeights(
    _ name: String, _ tensor: Tensor, bias: Tensor?, biasName: String?, inputScale: Float,
    node: String
  ) -> (weights: String, bias: String?) {
    let values = tensor.floats()
    let count = max(tensor.shape.first ?? 1, 1)
    let each = values.count / count
    let scales = (0..<count).map { channel -> Float in
      let most = values[channel * each..<(channel + 1) * each].reduce(0) { max($0, abs($1)) }
      return most > 0 ? most / 127 : 1
    }
    // Weights may be shared by several nodes, biases depend on the input.
    let base = weightNames[name] ?? name
    if weightNames[name] == nil {
      weightNames[name] = base
      let integers = values.enumerated().map { index, value in
        UInt8(
          bitPattern: Int8(
            min(max((value / scales[index / each]).rounded(.toNearestOrEven), -127), 127)))
      }
      add(base + "_quantized", type: 3, dimensions: tensor.shape, integers)
      add(base + "_scale", type: 1, dimensions: [count], Self.bytes(scales))
      add(base + "_zero_point", type: 3, dimensions: [count], [UInt8](repeating: 0, count: count))
      append(
        "DequantizeLinear", [base + "_quantized", base + "_scale", base + "_zero_point"],
        base + "_dequantized", axis: 0)
    }
    guard let bias, let biasName else { return (base + "_dequantized", nil) }
    let steps = scales.map { $0 * inputScale }
    let integers = zip(bias.floats(), steps).map { value, step in
      Int32(min(max((Double(value) / Double(step)).rounded(.toNearestOrEven), -2e9), 2e9))
    }
    let own = "\(biasName)_of_\(node)"
    add(own + "_quantized", type: 6, dimensions: [count], Self.bytes(integers))
    add(own + "_scale", type: 1, dimensions: [count], Self.bytes(steps))
    add(own + "_zero_point", type: 6, dimensions: [count], [UInt8](repeating: 0, count: 4 * count))
    append(
      "DequantizeLinear", [own + "_quantized", own + "_scale", own + "_zero_point"],
      own + "_dequantized", axis: 0)
    return (base + "_dequantized", own + "_dequantized")
  }

  private mutating func append(
    _ operation: String, _ inputs: [String], _ output: String, axis: Int? = nil
  ) {
    var node = Onnx_NodeProto()
    node.name = output
    node.opType = operation
    node.input = inputs
    node.output = [output]
    if let axis {
      var attribute = Onnx_AttributeProto()
      attribute.name = "axis"
      attribute.type = .int
      attribute.i = Int64(axis)
      node.attribute = [attribute]
    }
    nodes.append(node)
  }

  /// - Parameter type: ONNX's number: 1 float, 2 uint8, 3 int8, 6 int32.
  private mutating func add(_ name: String, type: Int32, dimensions: [Int], _ bytes: [UInt8]) {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dataType = type
    tensor.dims = dimensions.map(Int64.init)
    tensor.rawData = Data(bytes)
    initializers.append(tensor)
  }

  /// Little-endian.
  private static func bytes(_ numbers: [Float]) -> [UInt8] {
    numbers.flatMap { number in
      (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
    }
  }

  private static func bytes(_ numbers: [Int32]) -> [UInt8] {
    numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
  }
}
