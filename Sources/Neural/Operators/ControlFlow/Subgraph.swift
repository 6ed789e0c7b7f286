/// A graph inside a node: a branch or a loop's body.
///
/// The graph's inputs are the node's formal arguments, then the values of the outer graph that it
/// reads, which the node lists as its last inputs.
package struct Subgraph: Sendable {
  package var graph: Graph
  /// Formal arguments; the other inputs are captured.
  package var formalCount: Int
  /// The types that the file declares for the outputs, unknown sizes as 0; for loops without a turn.
  package var declaredOutputs: [TensorType?]
  private let interpreter: Interpreter

  package init(graph: Graph, formalCount: Int, declaredOutputs: [TensorType?]) {
    self.graph = graph
    self.formalCount = formalCount
    self.declaredOutputs = declaredOutputs
    interpreter = Interpreter(graph)
  }

  /// Runs the graph.
  ///
  /// - Throws: `GraphError` of the node that failed, or `OperatorError.unsupported` where the budget
  ///   is used up.
  func run(
    _ arguments: [Tensor], captured: ArraySlice<Tensor?>, budget: EvaluationBudget
  ) throws -> [Tensor] {
    let inputs =
      try arguments
      + captured.map { tensor in
        guard let tensor else { throw OperatorError.invalidInput("a value read inside is missing") }
        return tensor
      }
    guard inputs.count == graph.inputs.count, arguments.count == formalCount else {
      throw OperatorError.invalidInput(
        "\(arguments.count) arguments and \(captured.count) outer values for a graph of "
          + "\(graph.inputs.count) inputs, \(formalCount) of them arguments")
    }
    budget.depth += 1
    defer { budget.depth -= 1 }
    return try interpreter.evaluate(inputs, budget: budget)
  }
}

/// An operator that runs graphs of its own. How long its results are, and of what type, only running
/// them says.
package protocol ControlFlowOperator: Operator {
  /// As `evaluate`, within what a run may still use.
  func evaluate(_ inputs: [Tensor?], budget: EvaluationBudget) throws -> [Tensor]
}

extension ControlFlowOperator {
  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.dependsOnData("results of \(name)")
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    try evaluate(inputs, budget: EvaluationBudget())
  }

  /// The single truth value of a tensor.
  func truth(_ tensor: Tensor, _ label: String) throws -> Bool {
    guard tensor.elementType == .bool, tensor.count == 1 else {
      throw OperatorError.invalidInput(
        "\(label) is \(tensor.elementType) of shape \(tensor.shape), needs one bool")
    }
    return tensor.elements(UInt8.self)[0] != 0
  }
}

extension Tensor {
  /// Slice `index` along an axis, without that axis.
  func slice(_ index: Int, axis: Int) throws -> Tensor {
    try Gather(axis: axis).evaluate([self, try Tensor([index], shape: [])])[0]
  }

  /// Tensors of one type put together along a new axis.
  ///
  /// - Throws: `OperatorError.invalidInput` where types differ, or there is no tensor.
  static func stacked(_ tensors: [Tensor], axis: Int) throws -> Tensor {
    guard let first = tensors.first else {
      throw OperatorError.invalidInput("nothing to stack")
    }
    let axis = try Axes.resolve(axis, rank: first.shape.count + 1)
    var shape = first.shape
    shape.insert(1, at: axis)
    for tensor in tensors
    where tensor.shape != first.shape || tensor.elementType != first.elementType {
      throw OperatorError.invalidInput(
        "turns give shapes \(first.shape) and \(tensor.shape), which do not stack")
    }
    return try Concat(axis: axis).evaluate(try tensors.map { try $0.reshaped(shape) })[0]
  }
}
