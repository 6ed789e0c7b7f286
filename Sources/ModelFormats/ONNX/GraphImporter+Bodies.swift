internal import Neural

extension GraphImporter {
  /// Takes in graphs that are attributes of one node.
  ///
  /// - Returns: The graphs in order, and the values of the outer graph that they read: each takes all
  ///   of them as its last inputs.
  /// - Throws: `ModelError`.
  func importBodies(
    _ protos: [Onnx_GraphProto], of node: String, scope: Scope
  ) throws -> (bodies: [Subgraph], captured: [Graph.ValueID]) {
    guard scope.depth < Self.functionDepthLimit else {
      throw ModelError.graph("graphs inside nodes are deeper than \(Self.functionDepthLimit)")
    }
    var names = Set<String>()
    for proto in protos { names.formUnion(Self.outerNames(proto)) }
    // Stored tensors are copied in (sharing their memory), the rest is passed.
    var stored: [(name: String, tensor: Tensor)] = []
    var passed: [(name: String, value: Graph.ValueID)] = []
    for name in names.sorted() {
      guard let value = scope.values[name] else { continue }
      if let tensor = graph.constants[value] {
        stored.append((name, tensor))
      } else {
        passed.append((name, value))
      }
    }
    let bodies = try protos.map { proto in
      try importBody(proto, of: node, scope: scope, stored: stored, passed: passed)
    }
    return (bodies, passed.map(\.value))
  }

  private func importBody(
    _ proto: Onnx_GraphProto, of node: String, scope: Scope,
    stored: [(name: String, tensor: Tensor)], passed: [(name: String, value: Graph.ValueID)]
  ) throws -> Subgraph {
    let inner = GraphImporter(tensors: tensors, functions: functions)
    inner.nodeCount = nodeCount
    var body = proto
    var innerScope = Scope(versions: scope.versions)
    innerScope.prefix = node + "/"
    innerScope.depth = scope.depth + 1
    innerScope.attributes = scope.attributes
    for (name, tensor) in stored {
      innerScope.values[name] = inner.graph.addConstant(tensor, name: name)
    }
    for constant in inner.graph.constants { inner.ranks[constant.key] = constant.value.shape.count }
    let formal = proto.input.filter { info in
      !proto.initializer.contains { $0.name == info.name }
    }
    for (name, _) in stored where formal.contains(where: { $0.name == name }) {
      innerScope.values[name] = nil
    }
    try inner.importBody(&body, formal: formal, passed: passed, outer: self, &innerScope)
    tensors = inner.tensors
    nodeCount = inner.nodeCount
    unsupported += inner.unsupported
    return Subgraph(
      graph: inner.graph, formalCount: formal.count,
      declaredOutputs: proto.output.map { info in
        let declared = DeclaredType(info.type)
        guard let type = declared.elementType,
          let dimensions = (try? declared.dimensions(of: "output")) ?? nil
        else { return nil }
        return TensorType(
          type.promoted, dimensions.map { if case .fixed(let size) = $0 { size } else { 0 } })
      })
  }

  /// As `importGraph`, for a graph that reads values of an outer one.
  private func importBody(
    _ proto: inout Onnx_GraphProto, formal: [Onnx_ValueInfoProto],
    passed: [(name: String, value: Graph.ValueID)], outer: GraphImporter, _ scope: inout Scope
  ) throws {
    try importInitializers(&proto, scope: &scope)
    try importInputs(formal, scope: &scope)
    // A body's arguments are often listed by name alone: they have the type of what is passed.
    unsupported.removeAll { $0.operation == "input" && $0.reason == DeclaredType.undefinedReason }
    for (name, outerValue) in passed {
      let value = graph.addInput(name: name, elementType: .float32, dimensions: nil)
      ranks[value] = outer.ranks[outerValue]
      if scope.values[name] == nil { scope.values[name] = value }
    }
    for info in proto.valueInfo + proto.output {
      let type = info.type.tensorType
      if type.hasShape { scope.declaredRanks[info.name] = type.shape.dim.count }
    }
    scope.used.formUnion(proto.output.map(\.name))
    var nodes = proto.node
    proto.node = []
    try importNodes(&nodes, scope: &scope)
    for info in proto.output {
      guard let value = scope.values[info.name] else {
        throw ModelError.graph("output \(printable(info.name)) of an inner graph is never computed")
      }
      graph.addOutput(value, name: info.name)
    }
  }

  /// The names that a graph reads and does not define, those of the graphs in its nodes included.
  private static func outerNames(_ proto: Onnx_GraphProto) -> Set<String> {
    var read = Set<String>()
    var graphs = [proto]
    while let graph = graphs.popLast() {
      read.formUnion(graph.output.map(\.name))
      for node in graph.node {
        read.formUnion(node.input)
        for attribute in node.attribute {
          graphs += attribute.graphs + (attribute.hasG ? [attribute.g] : [])
        }
      }
    }
    read.subtract(proto.node.flatMap(\.output))
    read.subtract(proto.input.map(\.name))
    read.subtract(proto.initializer.map(\.name))
    read.remove("")
    return read
  }
}

extension NodeImport {
  /// The graphs of attributes by name, `nil` for absent ones, and the outer values that they read.
  func bodies(_ names: String...) throws -> (bodies: [Subgraph?], captured: [Graph.ValueID]) {
    let protos = try names.map { try attributes.graph($0) }
    let (bodies, captured) = try importer.importBodies(
      protos.compactMap(\.self), of: name, scope: scope)
    var rest = bodies[...]
    return (protos.map { $0 == nil ? nil : rest.removeFirst() }, captured)
  }

  /// As `bodies` for one graph, which must be there.
  func body(_ attribute: String) throws -> (body: Subgraph, captured: [Graph.ValueID]) {
    let (bodies, captured) = try bodies(attribute)
    guard let body = bodies[0] else { throw AttributeError("attribute \(attribute) is missing") }
    return (body, captured)
  }
}
