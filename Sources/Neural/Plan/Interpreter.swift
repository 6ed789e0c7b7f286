/// Runs a graph node by node on tensors whose shapes need not be known before: for networks in
/// which shapes depend on data (`NonZero`, `NonMaxSuppression`, a `Reshape` to a computed shape).
///
/// Slower than a plan: every operator is evaluated by its reference code.
package struct Interpreter: Sendable {
  package let graph: Graph
  package let limits: ShapedGraph.Limits
  /// For every node, the values that nothing after it reads.
  private let lastReads: [[Graph.ValueID]]

  /// - Parameter graph: Nodes in execution order.
  package init(_ graph: Graph, limits: ShapedGraph.Limits = ShapedGraph.Limits()) {
    self.graph = graph
    self.limits = limits
    var isRead = Set(graph.outputs.map(\.value))
    var lastReads = [[Graph.ValueID]](repeating: [], count: graph.nodes.count)
    for index in graph.nodes.indices.reversed() {
      for value in graph.nodes[index].inputs {
        if let value, isRead.insert(value).inserted { lastReads[index].append(value) }
      }
    }
    self.lastReads = lastReads
  }

  /// - Parameter inputs: One tensor per network input, in order, of the input's element type.
  /// - Returns: The network's outputs in order.
  /// - Throws: `GraphError.inputShape` for an input that does not fit its declaration, else
  ///   `GraphError` naming the node that failed.
  package func run(
    _ inputs: [Tensor], budget: EvaluationBudget = EvaluationBudget()
  ) throws -> [Tensor] {
    guard inputs.count == graph.inputs.count else {
      throw GraphError.malformed("\(inputs.count) inputs given, \(graph.inputs.count) expected")
    }
    for (input, tensor) in zip(graph.inputs, inputs) {
      guard tensor.elementType == input.elementType else {
        throw GraphError.inputShape(
          name: input.name, given: tensor.shape, declared: input.elementType.rawValue)
      }
      _ = try input.resolvedShape(given: tensor.shape)
    }
    return try evaluate(inputs, budget: budget)
  }

  /// As `run`, for inputs that need not be as declared, within what a run may still use.
  ///
  /// - Parameters:
  ///   - plans: Runs heavy nodes by kernels; without it all run by their reference code.
  ///   - observe: Told of every node that ran, its inputs, its results and how long it took.
  func evaluate(
    _ inputs: [Tensor], budget: EvaluationBudget, plans: NodePlans? = nil,
    observe: ((Graph.Node, [Tensor?], [Tensor], Duration) -> Void)? = nil
  ) throws -> [Tensor] {
    var values: [Graph.ValueID: Tensor] = graph.constants
    for (input, tensor) in zip(graph.inputs, inputs) { values[input.value] = tensor }
    var held: [Graph.ValueID: Int] = [:]
    defer { budget.release(held.values.reduce(0, +)) }
    for (index, node) in graph.nodes.enumerated() {
      let start = observe.map { _ in ContinuousClock.now }
      let results = try evaluate(node, values, budget, plans?.at(index))
      if let observe, let start {
        observe(node, node.inputs.map { $0.flatMap { values[$0] } }, results, .now - start)
      }
      for (value, tensor) in zip(node.outputs, results) {
        values[value] = tensor
        held[value] = tensor.byteCount
      }
      for value in lastReads[index] {
        values[value] = nil
        budget.release(held.removeValue(forKey: value) ?? 0)
      }
    }
    return try graph.outputs.map { output in
      guard let tensor = values[output.value] else {
        throw GraphError.malformed("output \(output.name) is never produced")
      }
      return tensor
    }
  }

  private func evaluate(
    _ node: Graph.Node, _ values: [Graph.ValueID: Tensor], _ budget: EvaluationBudget,
    _ plan: NodePlans.Place?
  ) throws -> [Tensor] {
    do {
      let tensors = try node.inputs.map { value -> Tensor? in
        guard let value else { return nil }
        guard let tensor = values[value] else {
          throw OperatorError.invalidInput(
            "reads \(graph.valueNames[value.index]), which nothing before it defines")
        }
        return tensor
      }
      let types = tensors.map { $0.map { TensorType($0.elementType, $0.shape) } }
      if let shapeOnly = node.operation as? any ShapeOnlyOperator {
        return try shapeOnly.evaluate(types: types)
      }
      if let controlFlow = node.operation as? any ControlFlowOperator {
        let results = try controlFlow.evaluate(tensors, budget: budget)
        try budget.hold(results.reduce(0) { $0 + $1.byteCount })
        return results
      }
      guard !(node.operation is any DataDependentOperator) else {
        try budget.spend(work: tensors.reduce(0) { $0 + ($1?.count ?? 0) })
        let results = try node.operation.evaluate(tensors)
        try budget.hold(results.reduce(0) { $0 + $1.byteCount })
        return results
      }
      // Shapes are inferred first: they are checked before anything of their size is allocated.
      let outputs = try node.operation.inferTypes(
        zip(types, tensors).map { type, tensor in
          type.map { OperatorInput(type: $0, constant: tensor) }
        })
      var (elementCount, byteCount) = (0, 0)
      for type in outputs.prefix(node.outputs.count) {
        let count = try Tensor.checkedCount(
          type.shape, elementType: type.elementType, byteLimit: limits.valueBytes)
        elementCount += count
        byteCount += count * type.elementType.byteCount
      }
      let multiplyAdds = node.operation.multiplyAdds(inputs: types, outputs: outputs)
      try budget.spend(work: multiplyAdds.addingReportingOverflow(elementCount).partialValue)
      try budget.hold(byteCount)
      let isConstant = node.inputs.map { $0.map { graph.constants[$0] != nil } ?? false }
      let results =
        try plan?.run(
          node, tensors, isConstant: isConstant, outputs: outputs, multiplyAdds: multiplyAdds)
        ?? node.operation.evaluate(tensors)
      guard results.count >= node.outputs.count else {
        throw OperatorError.invalidInput(
          "has \(node.outputs.count) outputs, \(results.count) expected")
      }
      return results
    } catch let error as GraphError {
      throw error
    } catch OperatorError.unsupported(let reason) {
      throw GraphError.unsupported(name: node.name, operation: node.operation.name, reason: reason)
    } catch {
      throw GraphError.node(
        name: node.name, operation: node.operation.name, reason: String(describing: error))
    }
  }
}
