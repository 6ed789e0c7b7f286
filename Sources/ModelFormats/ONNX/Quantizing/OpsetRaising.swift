/// Operator set 11 written as operator set 13: what changed between them is said in other words.
struct OpsetRaising {
  /// Whose attribute became an input, and the attribute.
  private static let moved = [
    "Split": "split", "Squeeze": "axes", "Unsqueeze": "axes", "ReduceSum": "axes",
  ]

  private(set) var nodes: [Onnx_NodeProto] = []
  private(set) var initializers: [Onnx_TensorProto] = []

  /// - Parameter graph: Of operator set 11 or 12, without `Upsample`, which these do not have.
  init(_ graph: Onnx_GraphProto) {
    for node in graph.node {
      switch node.opType {
      case "Softmax", "LogSoftmax": addFlattened(node)
      default: add(node)
      }
    }
  }

  /// Before set 13 a softmax goes over all axes from the one given on, 1 without any.
  private mutating func addFlattened(_ node: Onnx_NodeProto) {
    guard let input = node.input.first, let output = node.output.first else { return }
    let names = ["_shape", "_flat", "_soft"].map { output + $0 }
    let axis = node.attribute.first { $0.name == "axis" }?.i ?? 1
    var softmax = node
    softmax.input = [names[1]]
    softmax.output = [names[2]]
    softmax.attribute = [Self.integer("axis", -1)]
    nodes += [
      Self.node("Shape", [input], names[0]),
      Self.node("Flatten", [input], names[1], [Self.integer("axis", axis)]), softmax,
      Self.node("Reshape", [names[2], names[0]], output),
    ]
  }

  private mutating func add(_ node: Onnx_NodeProto) {
    var node = node
    if let name = Self.moved[node.opType],
      let index = node.attribute.firstIndex(where: { $0.name == name }), node.input.count == 1
    {
      let values = node.attribute.remove(at: index).ints
      var tensor = Onnx_TensorProto()
      tensor.name = (node.output.first ?? "") + "_" + name
      tensor.dataType = 7
      tensor.dims = [Int64(values.count)]
      tensor.int64Data = values
      initializers.append(tensor)
      node.input.append(tensor.name)
    }
    nodes.append(node)
  }

  private static func node(
    _ operation: String, _ inputs: [String], _ output: String,
    _ attributes: [Onnx_AttributeProto] = []
  ) -> Onnx_NodeProto {
    var node = Onnx_NodeProto()
    node.name = output
    node.opType = operation
    node.input = inputs
    node.output = [output]
    node.attribute = attributes
    return node
  }

  private static func integer(_ name: String, _ value: Int64) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    attribute.name = name
    attribute.type = .int
    attribute.i = value
    return attribute
  }
}
