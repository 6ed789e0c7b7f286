/// A network run by a plan as far as shapes follow from its inputs' shapes, and node by node from
/// there on: detectors that end in `NonMaxSuppression`, `NonZero` or a loop keep a fast backbone.
///
/// Not for concurrent use, as `Network`.
package final class HybridNetwork {
  /// The planned part; `nil` where nothing precedes the rest.
  package let network: Network?
  /// Nodes that run one by one; 0 where the plan is the whole network.
  package let interpretedNodeCount: Int
  /// The network's outputs in order.
  package let outputNames: [String]
  /// The outputs' types, `nil` where only a run tells.
  package let outputTypes: [TensorType?]
  package let instructionSet: InstructionSet
  private let plans: NodePlans
  private let inputs: [Graph.Input]
  private let tail: Interpreter?
  /// What the rest reads of the network's inputs, by position, before what the plan gives it.
  private let passedInputs: [Int]

  /// - Parameters: as `Network`'s.
  /// - Throws: `GraphError`, naming the node and the offending value.
  package init(
    graph: Graph, inputShapes: [String: [Int]] = [:], options: ExecutionOptions = .init()
  ) throws {
    var deferred: [Graph.Node]? = []
    var head = try ShapedGraph(
      graph, inputShapes: inputShapes, limits: .init(), deferred: &deferred)
    inputs = graph.inputs
    outputNames = graph.outputs.map(\.name)
    outputTypes = graph.outputs.map { head.types[$0.value] }
    instructionSet = options.instructionSet ?? .best
    plans = NodePlans(options: options)
    // Only what the outputs need runs.
    var rest = head.graph
    var live = Set(graph.outputs.map(\.value))
    var nodes: [Graph.Node] = []
    for node in (deferred ?? []).reversed() where node.outputs.contains(where: live.contains) {
      live.formUnion(node.inputs.compactMap(\.self))
      nodes.append(node)
    }
    interpretedNodeCount = nodes.count
    guard !nodes.isEmpty else {
      for output in graph.outputs where head.types[output.value] == nil {
        throw GraphError.malformed("output \(output.name) is never produced")
      }
      head.removeDeadNodes()
      network = try Network(head, options: options)
      (tail, passedInputs) = (nil, [])
      return
    }
    rest.nodes = nodes.reversed()
    rest.constants = rest.constants.filter { live.contains($0.key) }
    let inputValues = graph.inputs.map(\.value)
    passedInputs = inputValues.indices.filter { live.contains(inputValues[$0]) }
    // In the order of their definition.
    let made = head.graph.nodes.flatMap(\.outputs).filter {
      live.contains($0) && head.types[$0] != nil && head.graph.constants[$0] == nil
    }
    rest.inputs = passedInputs.map { graph.inputs[$0] }
    for value in made {
      rest.inputs.append(
        Graph.Input(
          name: graph.valueNames.indices.contains(value.index) ? graph.valueNames[value.index] : "",
          value: value, elementType: head.type(of: value).elementType, dimensions: nil))
    }
    tail = Interpreter(rest)
    head.graph.outputs = made.map { Graph.Output(name: rest.valueNames[$0.index], value: $0) }
    head.removeDeadNodes()
    network = made.isEmpty ? nil : try Network(head, options: options)
  }

  /// The numbers that the heavy part computes in.
  package var precision: Precision { network?.precision ?? .float32 }

  /// Whether part of the plan computes in 8-bit integers.
  package var hasIntegers: Bool {
    network?.steps.contains { $0.operation.hasPrefix(IntegerSection.Step.titlePrefix) } ?? false
  }

  /// The network's inputs by name and element type, in order.
  package var inputTypes: [(name: String, elementType: ElementType)] {
    inputs.map { ($0.name, $0.elementType) }
  }

  /// Runs the network on one tensor per input, in order.
  ///
  /// - Throws: `GraphError.inputShape` for a wrong shape or element type, else `GraphError` naming the
  ///   node that failed.
  package func run(_ tensors: [Tensor]) throws -> [Tensor] { try run(tensors, observe: nil) }

  /// As `run`, giving the steps and the seconds that each took: the plan's, then the nodes that ran
  /// one by one.
  package func profiledRun(
    _ tensors: [Tensor]
  ) throws -> [(step: Network.StepInfo, seconds: Double)] {
    var rest: [(step: Network.StepInfo, seconds: Double)] = []
    _ = try run(tensors) { node, inputs, results, duration in
      let types = inputs.map { $0.map { TensorType($0.elementType, $0.shape) } }
      let outputs = results.map { TensorType($0.elementType, $0.shape) }
      let step = Network.StepInfo(
        node: node.name, operation: node.operation.name,
        multiplyAdds: node.operation.multiplyAdds(inputs: types, outputs: outputs),
        outputShape: outputs.first?.shape ?? [])
      rest.append((step, duration / .seconds(1)))
    }
    guard let network else { return rest }
    return zip(network.steps, try network.profiledRun()).map { ($0, $1) } + rest
  }

  private func run(
    _ tensors: [Tensor],
    observe: ((Graph.Node, [Tensor?], [Tensor], Duration) -> Void)?
  ) throws -> [Tensor] {
    guard let tail else { return try network?.run(tensors) ?? [] }
    guard tensors.count == inputs.count else {
      throw GraphError.malformed("\(tensors.count) inputs given, \(inputs.count) expected")
    }
    for (input, tensor) in zip(inputs, tensors) where tensor.elementType != input.elementType {
      throw GraphError.inputShape(
        name: input.name, given: tensor.shape, declared: input.elementType.rawValue)
    }
    let given = passedInputs.map { tensors[$0] }
    let made = try network?.run(tensors) ?? []
    return try tail.evaluate(
      given + made, budget: EvaluationBudget(), plans: plans, observe: observe)
  }
}
