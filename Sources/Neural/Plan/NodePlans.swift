/// Plans of single nodes, made for the shapes that a run meets: the heavy products and convolutions
/// after the place where shapes begin to depend on data.
///
/// Not for concurrent use. The plan of a node is kept until it meets other shapes.
final class NodePlans {
  /// Multiply–adds from which a plan is worth making.
  static let leastWork = 1 << 18

  private struct Made {
    let inputs: [TensorType?]
    let network: Network
  }

  private let options: ExecutionOptions
  private var workers: WorkerPool?
  private var made: [Int: Made] = [:]

  init(options: ExecutionOptions) { self.options = options }

  func at(_ index: Int) -> Place { Place(plans: self, index: index) }

  /// One node's place in its graph.
  struct Place {
    let plans: NodePlans
    let index: Int

    /// The node's results by kernels; `nil` where its reference code should run.
    ///
    /// - Parameter isConstant: By input, whether it is the same in every run.
    /// - Throws: `GraphError`.
    func run(
      _ node: Graph.Node, _ tensors: [Tensor?], isConstant: [Bool], outputs: [TensorType],
      multiplyAdds: Int
    ) throws -> [Tensor]? {
      guard multiplyAdds >= NodePlans.leastWork, node.operation is any LowerableOperator else {
        return nil
      }
      return try plans.run(node, at: index, tensors, isConstant)
    }
  }

  private func run(
    _ node: Graph.Node, at index: Int, _ tensors: [Tensor?], _ isConstant: [Bool]
  ) throws -> [Tensor] {
    let types = tensors.map { $0.map { TensorType($0.elementType, $0.shape) } }
    var given: [Tensor] = []
    for (tensor, isConstant) in zip(tensors, isConstant) {
      if let tensor, !isConstant { given.append(tensor) }
    }
    if let known = made[index], known.inputs == types { return try known.network.run(given) }
    made[index] = nil
    var graph = Graph()
    let inputs = tensors.enumerated().map { position, tensor -> Graph.ValueID? in
      guard let tensor else { return nil }
      if isConstant[position] { return graph.addConstant(tensor, name: "constant \(position)") }
      return graph.addInput(
        name: "input \(position)", elementType: tensor.elementType,
        dimensions: tensor.shape.map { .fixed($0) })
    }
    let values = node.outputs.indices.map { graph.addValue(name: "output \($0)") }
    graph.addNode(node.operation, name: node.name, inputs: inputs, outputs: values)
    for value in values { graph.addOutput(value, name: graph.valueNames[value.index]) }
    let workers = try workers ?? WorkerPool(threads: options.threads)
    self.workers = workers
    let network = try Network(graph: graph, options: options, workers: workers)
    made[index] = Made(inputs: types, network: network)
    return try network.run(given)
  }
}
