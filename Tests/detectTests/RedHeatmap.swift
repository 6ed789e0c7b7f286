import TestSupport

/// An ONNX network made by hand in the manner of CenterNet: three 4x4 convolutions of stride 4 whose
/// heatmap is high where a cell is red, whose sizes are 3 x 2 cells and whose offsets are a half.
enum RedHeatmap {
  /// Writes `red-heatmap.onnx`.
  ///
  /// - Parameters:
  ///   - classCount: Each class is red; later ones are a little less sure.
  ///   - hasExternalData: Whether `heat.weight.bin` beside it holds the heatmap's weights.
  /// - Returns: Its path.
  static func write(
    into folder: TemporaryFolder, classCount: Int = 1, hasExternalData: Bool = false
  ) throws -> String {
    // CenterNet's channels are blue, green, red.
    let red = [Float](repeating: -0.1, count: 32) + [Float](repeating: 0.1, count: 16)
    let heads: [(name: String, weights: [Float], bias: [Float])] = [
      (
        "heat", (0..<classCount).flatMap { _ in red },
        (0..<classCount).map { -5 - Float($0) / 10 }
      ), ("size", [Float](repeating: 0, count: 96), [3, 2]),
      ("offset", [Float](repeating: 0, count: 96), [0.5, 0.5]),
    ]
    var graph = Message()
    for head in heads {
      let output = head.name == "heat" ? "logits" : head.name
      graph.add(
        1, node("Conv", ["image", "\(head.name).weight", "\(head.name).bias"], output))
    }
    graph.add(1, node("Sigmoid", ["logits"], "heat"))
    graph.add(2, "red")
    for head in heads {
      let isExternal = hasExternalData && head.name == "heat"
      if isExternal { try folder.write(bytes(head.weights), to: "heat.weight.bin") }
      graph.add(
        5,
        tensor(
          "\(head.name).weight", [head.bias.count, 3, 4, 4], head.weights, isExternal: isExternal))
      graph.add(5, tensor("\(head.name).bias", [head.bias.count], head.bias))
    }
    graph.add(11, value("image", channels: 3))
    for head in heads { graph.add(12, value(head.name, channels: head.bias.count)) }
    return try folder.write(modelBytes(graph), to: "red-heatmap.onnx")
  }

  /// Writes `red-face.onnx`: as CenterFace, for pictures of any size, with one class.
  ///
  /// - Returns: Its path.
  static func writeFaces(into folder: TemporaryFolder) throws -> String {
    let red = [Float](repeating: 0.1, count: 16) + [Float](repeating: -0.1, count: 32)
    var graph = Message()
    let heads: [(name: String, channels: Int)] = [
      ("heat", 1), ("scale", 2), ("offset", 2), ("landmarks", 10),
    ]
    for head in heads {
      let output = head.name == "heat" ? "logits" : head.name
      graph.add(
        1, node("Conv", ["image", "\(head.name).weight", "\(head.name).bias"], output))
    }
    graph.add(1, node("Sigmoid", ["logits"], "heat"))
    graph.add(2, "red-face")
    for head in heads {
      let weights =
        head.name == "heat" ? red : [Float](repeating: 0, count: head.channels * 48)
      let bias = [Float](repeating: head.name == "heat" ? -5 : 0.5, count: head.channels)
      graph.add(5, tensor("\(head.name).weight", [head.channels, 3, 4, 4], weights))
      graph.add(5, tensor("\(head.name).bias", [head.channels], bias))
    }
    graph.add(11, value("image", channels: 3))
    for head in heads { graph.add(12, value(head.name, channels: head.channels)) }
    return try folder.write(modelBytes(graph), to: "red-face.onnx")
  }

  private static func modelBytes(_ graph: Message) -> [UInt8] {
    var opset = Message()
    opset.add(2, 17)
    var model = Message()
    model.add(1, 8)
    model.add(7, graph)
    model.add(8, opset)
    return model.bytes
  }

  private static func node(_ type: String, _ inputs: [String], _ output: String) -> Message {
    var node = Message()
    for input in inputs { node.add(1, input) }
    node.add(2, output)
    node.add(3, output)
    node.add(4, type)
    guard type == "Conv" else { return node }
    for name in ["kernel_shape", "strides"] {
      var attribute = Message()
      attribute.add(1, name)
      attribute.add(8, 4)
      attribute.add(8, 4)
      attribute.add(20, 7)
      node.add(5, attribute)
    }
    return node
  }

  private static func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * $0)) }
    }
  }

  private static func tensor(
    _ name: String, _ shape: [Int], _ values: [Float], isExternal: Bool = false
  ) -> Message {
    var tensor = Message()
    for side in shape { tensor.add(1, side) }
    tensor.add(2, 1)
    tensor.add(8, name)
    guard isExternal else {
      tensor.add(9, Message(bytes: bytes(values)))
      return tensor
    }
    var entry = Message()
    entry.add(1, "location")
    entry.add(2, "\(name).bin")
    tensor.add(13, entry)
    tensor.add(14, 1)
    return tensor
  }

  private static func value(_ name: String, channels: Int) -> Message {
    var shape = Message()
    for side in [1, channels, nil, nil] {
      var dimension = Message()
      if let side { dimension.add(1, side) } else { dimension.add(2, "side") }
      shape.add(1, dimension)
    }
    var tensorType = Message()
    tensorType.add(1, 1)
    tensorType.add(2, shape)
    var type = Message()
    type.add(1, tensorType)
    var value = Message()
    value.add(1, name)
    value.add(2, type)
    return value
  }

  /// A message of Protocol Buffers as bytes.
  private struct Message {
    var bytes: [UInt8] = []

    mutating func add(_ field: Int, _ number: Int) {
      append(field << 3)
      append(number)
    }

    mutating func add(_ field: Int, _ message: Message) {
      append(field << 3 | 2)
      append(message.bytes.count)
      bytes += message.bytes
    }

    mutating func add(_ field: Int, _ text: String) {
      add(field, Message(bytes: Array(text.utf8)))
    }

    private mutating func append(_ number: Int) {
      var rest = UInt(number)
      while rest > 127 {
        bytes.append(UInt8(rest & 127) | 128)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
    }
  }
}
