internal import Neural

/// Builds a graph from an ONNX graph: stored tensors, inputs, nodes in order, outputs.
///
/// A class, because the importers of single operators add to it.
final class GraphImporter {
  var graph = Graph()
  var tensors: TensorImporter
  let functions: FunctionLibrary
  /// Number of axes, where the file declares it; operator sets before 7 broadcast by it.
  var ranks: [Graph.ValueID: Int] = [:]
  var inputs: [TensorInfo] = []
  var outputs: [TensorInfo] = []
  var unsupported: [UnsupportedOperator] = []
  /// Nodes taken in, functions expanded.
  var nodeCount = 0

  /// Functions may call functions this deep, and expand to this many nodes in all.
  static let functionDepthLimit = 32
  static let nodeLimit = 250_000

  /// The names that nodes of one list see: those of the graph, or of one call of a function.
  struct Scope {
    var values: [String: Graph.ValueID] = [:]
    /// Inputs of a function that its call leaves out: whoever reads one reads nothing.
    var absent: Set<String> = []
    var versions: OpsetVersions
    /// Names that something reads: other outputs need not be computed.
    var used: Set<String> = []
    /// Declared number of axes of values that nodes define.
    var declaredRanks: [String: Int] = [:]
    /// Attributes of the call, for a function's body.
    var attributes: [String: Onnx_AttributeProto] = [:]
    /// Put before node names in messages.
    var prefix = ""
    var depth = 0
  }

  init(tensors: TensorImporter, functions: FunctionLibrary) {
    self.tensors = tensors
    self.functions = functions
  }

  /// Takes in the graph, emptying it as it goes so that weights are not held twice.
  ///
  /// - Throws: `ModelError` without a path.
  func importGraph(_ proto: inout Onnx_GraphProto, versions: OpsetVersions) throws {
    var scope = Scope(versions: versions)
    try importInitializers(&proto, scope: &scope)
    try importInputs(proto.input, scope: &scope)
    for info in proto.valueInfo + proto.output {
      let type = info.type.tensorType
      if type.hasShape { scope.declaredRanks[info.name] = type.shape.dim.count }
    }
    scope.used.formUnion(proto.output.map(\.name))
    var nodes = proto.node
    proto.node = []
    try importNodes(&nodes, scope: &scope)
    try importOutputs(proto.output, scope: scope)
  }

  func importInitializers(_ proto: inout Onnx_GraphProto, scope: inout Scope) throws {
    guard proto.sparseInitializer.isEmpty else {
      throw ModelError.tensor(
        proto.sparseInitializer[0].values.name, "is sparse, which is not supported")
    }
    var stored = proto.initializer
    proto.initializer = []
    for index in stored.indices {
      let name = stored[index].name
      guard !name.isEmpty else {
        throw ModelError.graph("initializer \(index) has no name")
      }
      guard scope.values[name] == nil else {
        throw ModelError.tensor(name, "is stored twice")
      }
      var tensor = Onnx_TensorProto()
      swap(&tensor, &stored[index])
      scope.values[name] = graph.addConstant(
        try tensors.weights(tensor, name: name), name: name)
    }
    for value in graph.constants { ranks[value.key] = value.value.shape.count }
  }

  func importInputs(_ infos: [Onnx_ValueInfoProto], scope: inout Scope) throws {
    let stored = scope.values
    for info in infos {
      guard !info.name.isEmpty else { throw ModelError.graph("an input has no name") }
      // Files before IR version 4 list the stored tensors as inputs too: they are constants here.
      if stored[info.name] != nil { continue }
      guard scope.values[info.name] == nil else {
        throw ModelError.graph("input \(printable(info.name)) is declared twice")
      }
      let declared = DeclaredType(info.type)
      let dimensions = try declared.dimensions(of: "input \(printable(info.name))")
      inputs.append(
        TensorInfo(name: info.name, elementType: declared.name, dimensions: dimensions))
      if declared.elementType == nil {
        unsupported.append(
          UnsupportedOperator(
            node: info.name, operation: "input", domain: "",
            reason: "element type \(declared.name)"))
      }
      let type = (declared.elementType ?? .float32).promoted
      if let sizes = inputs[inputs.count - 1].shape {
        do {
          _ = try Tensor.checkedCount(
            sizes, elementType: type, byteLimit: tensors.limits.maxTensorBytes)
        } catch let error as TensorError {
          throw ModelError.graph("input \(printable(info.name)): \(error)")
        }
      }
      let value = graph.addInput(name: info.name, elementType: type, dimensions: dimensions)
      scope.values[info.name] = value
      ranks[value] = dimensions?.count
    }
  }

  private func importOutputs(_ infos: [Onnx_ValueInfoProto], scope: Scope) throws {
    guard !infos.isEmpty else { throw ModelError.graph("the graph has no output") }
    var seen: Set<String> = []
    for info in infos {
      guard let value = scope.values[info.name] else {
        throw ModelError.graph("output \(printable(info.name)) is never computed")
      }
      guard seen.insert(info.name).inserted else {
        throw ModelError.graph("output \(printable(info.name)) is declared twice")
      }
      let declared = DeclaredType(info.type)
      outputs.append(
        TensorInfo(
          name: info.name, elementType: declared.name,
          dimensions: try? declared.dimensions(of: "output")))
      graph.addOutput(value, name: info.name)
    }
  }

  /// Takes in a list of nodes: the graph's, or the body of a function.
  func importNodes(_ nodes: inout [Onnx_NodeProto], scope: inout Scope) throws {
    nodeCount += nodes.count
    guard nodeCount <= Self.nodeLimit else {
      throw ModelError.limit(
        "the number of nodes, functions expanded,", value: nodeCount, allowed: Self.nodeLimit)
    }
    collectUses(of: nodes, into: &scope.used)
    nodes = NodeOrder.withCastsInPlace(nodes)
    for index in nodes.indices {
      try importNode(at: index, of: nodes, scope: &scope)
      // Tensors in attributes have been copied.
      nodes[index].attribute = []
    }
  }

  /// Adds every name that nodes read, inner graphs included.
  private func collectUses(of nodes: [Onnx_NodeProto], into used: inout Set<String>) {
    var lists = [nodes]
    while let list = lists.popLast() {
      for node in list {
        used.formUnion(node.input)
        for attribute in node.attribute {
          for inner in attribute.graphs + (attribute.hasG ? [attribute.g] : []) {
            lists.append(inner.node)
            used.formUnion(inner.output.map(\.name))
          }
        }
      }
    }
  }
}

/// The type that a graph declares for an input or output.
struct DeclaredType {
  /// As descriptions show it.
  let name: String
  /// `nil` where the runtime has no such type.
  let elementType: ElementType?
  private let shape: Onnx_TensorShapeProto?

  init(_ proto: Onnx_TypeProto) {
    switch proto.value {
    case .tensorType(let tensor):
      name = ONNXElementType.name(Int(tensor.elemType))
      elementType = ONNXElementType.elementType(Int(tensor.elemType))
      shape = tensor.hasShape ? tensor.shape : nil
      return
    case .sequenceType: name = "sequence"
    case .mapType: name = "map"
    case .optionalType: name = "optional"
    case .sparseTensorType: name = "sparse tensor"
    case nil: name = ONNXElementType.name(0)
    }
    elementType = nil
    shape = nil
  }

  /// Why an input without a type cannot be described further.
  static let undefinedReason = "element type \(ONNXElementType.name(0))"

  /// The declared sizes; `nil` where no shape is declared.
  ///
  /// - Throws: `ModelError.graph` for sizes below 0. A size of -1 is taken as unknown: some
  ///   exporters write that.
  func dimensions(of what: String) throws -> [Graph.Dimension]? {
    guard let shape else { return nil }
    guard shape.dim.count <= TensorImporter.axisLimit else {
      throw ModelError.graph(
        "\(what) has \(shape.dim.count) axes, at most \(TensorImporter.axisLimit) allowed")
    }
    return try shape.dim.map { dimension in
      switch dimension.value {
      case .dimValue(-1), nil: return .symbolic("")
      case .dimParam(let symbol): return .symbolic(symbol)
      case .dimValue(let size):
        guard size >= 0 else {
          throw ModelError.graph("\(what) has the size \(size), at least 0 allowed")
        }
        return .fixed(Int(size))
      }
    }
  }
}
