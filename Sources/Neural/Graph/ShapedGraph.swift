/// A graph specialised to given input shapes: every value has a type, everything that does not
/// depend on the network's input is a constant, and nothing unused is left.
package struct ShapedGraph: Sendable {
  package typealias ValueID = Graph.ValueID

  package var graph: Graph
  package internal(set) var types: [ValueID: TensorType]

  /// Limits of what a graph may ask for, checked before anything of that size is allocated.
  package struct Limits: Sendable {
    /// Bytes of any one value.
    package var valueBytes = 1 << 31
    /// Bytes of all folded constants together.
    package var foldedBytes = 1 << 30

    package init() {}
  }

  /// Infers all types and folds constants.
  ///
  /// - Parameters:
  ///   - graph: Nodes in execution order.
  ///   - inputShapes: The shape of each input by name; may be left out for inputs whose declared
  ///     shape has only fixed sizes.
  /// - Throws: `GraphError`, naming the node and the offending value.
  package init(
    _ graph: Graph, inputShapes: [String: [Int]] = [:], limits: Limits = Limits()
  ) throws {
    var deferred: [Graph.Node]?
    try self.init(graph, inputShapes: inputShapes, limits: limits, deferred: &deferred)
    for output in self.graph.outputs where types[output.value] == nil {
      throw GraphError.malformed("output \(output.name) is never produced")
    }
    removeDeadNodes()
  }

  /// As above, but nodes whose shapes only a run tells are put aside, where there is a list for them,
  /// with all that depend on them; neither they nor unused nodes are looked at further.
  init(
    _ graph: Graph, inputShapes: [String: [Int]], limits: Limits,
    deferred: inout [Graph.Node]?
  ) throws {
    self.graph = graph
    types = [:]
    for (value, tensor) in graph.constants {
      types[value] = TensorType(tensor.elementType, tensor.shape)
    }
    for input in graph.inputs {
      let shape = try input.resolvedShape(given: inputShapes[input.name])
      try Self.check(shape, input.elementType, limits, "input \(input.name)")
      types[input.value] = TensorType(input.elementType, shape)
    }
    try specialise(limits, &deferred)
  }

  private init() {
    graph = Graph()
    types = [:]
  }

  /// A graph without nodes.
  static let empty = ShapedGraph()

  private mutating func specialise(
    _ limits: Limits, _ deferred: inout [Graph.Node]?
  ) throws {
    var kept: [Graph.Node] = []
    kept.reserveCapacity(graph.nodes.count)
    var foldedBytes = 0
    var pending = Array(graph.nodes.reversed())
    while let node = pending.popLast() {
      let isOpen = node.inputs.contains { $0.map { types[$0] == nil } ?? false }
      if isOpen, deferred != nil {
        deferred?.append(node)
        continue
      }
      do {
        if let inlined = try inlinedBranch(of: node) {
          pending += inlined.reversed()
          continue
        }
        let folded = try specialise(node, limits, &foldedBytes)
        if !folded { kept.append(node) }
      } catch let error as GraphError {
        throw error
      } catch OperatorError.unsupported(let reason) {
        throw GraphError.unsupported(
          name: node.name, operation: node.operation.name, reason: reason)
      } catch OperatorError.dependsOnData(let what) {
        if deferred != nil {
          deferred?.append(node)
          continue
        }
        throw GraphError.dependsOnData(
          name: node.name, operation: node.operation.name, what: what)
      } catch {
        throw GraphError.node(
          name: node.name, operation: node.operation.name, reason: String(describing: error))
      }
    }
    graph.nodes = kept
  }

  /// Gives the node's outputs their types. True when they became constants.
  private mutating func specialise(
    _ node: Graph.Node, _ limits: Limits, _ foldedBytes: inout Int
  ) throws -> Bool {
    var inputs: [OperatorInput?] = []
    for value in node.inputs {
      guard let value else {
        inputs.append(nil)
        continue
      }
      guard let type = types[value] else {
        throw OperatorError.invalidInput(
          "reads \(graph.valueNames[value.index]), which nothing before it defines")
      }
      inputs.append(OperatorInput(type: type, constant: graph.constants[value]))
    }
    let isConstant = inputs.allSatisfy { $0 == nil || $0!.constant != nil }
    if let shapeOnly = node.operation as? any ShapeOnlyOperator {
      let outputs = try shapeOnly.evaluate(types: inputs.map { $0?.type })
      try define(node.outputs, outputs)
      return true
    }
    let dependsOnData =
      node.operation is any DataDependentOperator || node.operation is any ControlFlowOperator
    if isConstant, dependsOnData {
      try define(node.outputs, try node.operation.evaluate(inputs.map { $0?.constant }))
      return true
    }
    let outputTypes = try node.operation.inferTypes(inputs)
    guard outputTypes.count >= node.outputs.count else {
      throw OperatorError.invalidInput(
        "has \(node.outputs.count) outputs, \(outputTypes.count) expected")
    }
    var byteCount = 0
    for type in outputTypes {
      byteCount += try Self.check(type.shape, type.elementType, limits, "an output")
    }
    // Weights stay integers for passes that want them so.
    let staysInteger = node.operation is DequantizeLinear && outputTypes[0].shape.count > 0
    if isConstant, !staysInteger, foldedBytes + byteCount <= limits.foldedBytes {
      foldedBytes += byteCount
      try define(node.outputs, try node.operation.evaluate(inputs.map { $0?.constant }))
      return true
    }
    for (value, type) in zip(node.outputs, outputTypes) { types[value] = type }
    return false
  }

  private mutating func define(_ values: [ValueID], _ tensors: [Tensor]) throws {
    guard tensors.count >= values.count else {
      throw OperatorError.invalidInput("has \(values.count) outputs, \(tensors.count) expected")
    }
    for (value, tensor) in zip(values, tensors) {
      graph.constants[value] = tensor
      types[value] = TensorType(tensor.elementType, tensor.shape)
    }
  }

  /// Bytes of a value of that type, or an error when they exceed the limit.
  @discardableResult
  private static func check(
    _ shape: [Int], _ elementType: ElementType, _ limits: Limits, _ what: String
  ) throws -> Int {
    do {
      let count = try Tensor.checkedCount(
        shape, elementType: elementType, byteLimit: limits.valueBytes)
      return count * elementType.byteCount
    } catch {
      throw GraphError.malformed("\(what): \(error)")
    }
  }

  /// The type of a value that a finished graph holds.
  package func type(of value: ValueID) -> TensorType {
    guard let type = types[value] else {
      preconditionFailure("value \(graph.valueNames[value.index]) has no type")
    }
    return type
  }

  /// Multiply–adds of one run.
  package var multiplyAdds: Int {
    graph.nodes.reduce(0) { $0 &+ multiplyAdds(of: $1) }
  }

  package func multiplyAdds(of node: Graph.Node) -> Int {
    node.operation.multiplyAdds(
      inputs: node.inputs.map { $0.flatMap { types[$0] } }, outputs: node.outputs.map(type(of:)))
  }
}

/// An operator whose result follows from the types of its inputs alone.
protocol ShapeOnlyOperator: Operator {
  func evaluate(types: [TensorType?]) throws -> [Tensor]
}

/// An operator whose output sizes depend on the values of its inputs.
protocol DataDependentOperator: Operator {}

extension Graph.Input {
  /// The shape of this input: the caller's where it gives one, checked against the declaration.
  ///
  /// - Throws: `GraphError.inputShape`.
  package func resolvedShape(given: [Int]?) throws -> [Int] {
    let declared = dimensions.map { axes in
      axes.map {
        switch $0 {
        case .fixed(let size): String(size)
        case .symbolic(let name): name.isEmpty ? "?" : name
        }
      }.joined(separator: "x")
    }
    let text = declared ?? "(none)"
    guard let given else {
      guard let dimensions else {
        throw GraphError.inputShape(name: name, given: nil, declared: text)
      }
      return try dimensions.map {
        guard case .fixed(let size) = $0 else {
          throw GraphError.inputShape(name: name, given: nil, declared: text)
        }
        guard size > 0 else {
          throw GraphError.malformed("input \(name): the declared shape \(text) has a size below 1")
        }
        return size
      }
    }
    guard given.allSatisfy({ $0 >= 0 }), dimensions == nil || dimensions!.count == given.count
    else {
      throw GraphError.inputShape(name: name, given: given, declared: text)
    }
    return given
  }
}
