package import Neural

/// What the operators of a set predictor tell about its training: how its boxes come about.
///
/// Names and shapes of outputs are the same for DETR, whose classes go through a softmax with "no
/// object", and for its successors, trained with the focal loss on a sigmoid per class. The boxes
/// tell them apart: DETR, YOLOS and Table Transformer predict them outright, `sigmoid(W h + b)`;
/// Conditional, DAB, Deformable DETR, DINO and RT-DETR add an offset to a query's reference point
/// before the sigmoid (Meng et al. 2021, arXiv:2108.06152, section 3.2).
package struct QueryHead: Hashable, Sendable {
  package enum BoxOrigin: Hashable, Sendable {
    /// The sigmoid of one linear layer.
    case direct
    /// An offset added to a reference that the network computes or has learnt.
    case reference
    case unknown
  }

  package var boxOrigin: BoxOrigin
  /// Whether every selection of queries reads maps sampled at computed places, as the deformable
  /// encoder of two-stage Deformable DETR and DINO has it; RT-DETR samples after its selection.
  package var samplesBeforeSelection: Bool
  /// Whether a vision transformer reads the picture: a convolution with steps as large as its kernel.
  package var hasPatchEmbedding: Bool
  /// Whether the only output joins boxes, the best scores of all queries and classes, and classes:
  /// final rows.
  package var selectsRows: Bool

  package init(
    boxOrigin: BoxOrigin, samplesBeforeSelection: Bool = false, hasPatchEmbedding: Bool = false,
    selectsRows: Bool = false
  ) {
    self.boxOrigin = boxOrigin
    self.samplesBeforeSelection = samplesBeforeSelection
    self.hasPatchEmbedding = hasPatchEmbedding
    self.selectsRows = selectsRows
  }

  /// Reads the graph of a network with outputs named `pred_boxes` and `logits` or `pred_logits`, or one
  /// that joins them.
  package init(_ graph: Graph) {
    let walk = HeadWalk(graph)
    self.init(
      boxOrigin: walk.boxOrigin(), samplesBeforeSelection: walk.samplesBeforeSelection(),
      hasPatchEmbedding: walk.hasPatchEmbedding(), selectsRows: walk.selectsRows())
  }
}

/// The graph with the producer of each value, and which values no input reaches.
private struct HeadWalk {
  /// Below this mean, biases of classes come from a focal loss: it starts them at
  /// −log((1 − 0.01) / 0.01) = −4.6, a softmax near 0.
  static let focalBias: Float = -2

  let graph: Graph
  private var producers: [Graph.ValueID: Int] = [:]
  private var fixed: Set<Graph.ValueID>

  init(_ graph: Graph) {
    self.graph = graph
    fixed = Set(graph.constants.keys)
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs { producers[output] = index }
      let inputs = node.inputs.compactMap { $0 }
      if !inputs.isEmpty, inputs.allSatisfy(fixed.contains) { fixed.formUnion(node.outputs) }
    }
  }

  private func producer(_ value: Graph.ValueID) -> Graph.Node? {
    producers[value].map { graph.nodes[$0] }
  }

  private func output(_ names: Set<String>) -> Graph.ValueID? {
    graph.outputs.first { names.contains($0.name.lowercased()) }?.value
  }

  /// Whether the operator only moves or converts what its first input holds.
  private static func moves(_ operation: any Operator) -> Bool {
    operation is Identity || operation is Reshape || operation is Transpose || operation is Gather
      || operation is Slice || operation is Squeeze || operation is Unsqueeze || operation is Cast
      || operation is QuantizeLinear || operation is DequantizeLinear
  }

  private static func isLinear(_ operation: any Operator) -> Bool {
    operation is MatMul || operation is Gemm || operation is Convolution || isOfIntegers(operation)
  }

  private static func isOfIntegers(_ operation: any Operator) -> Bool {
    operation is QuantizedMatMul || operation is QuantizedConvolution
  }

  /// The first node before `value` that computes; of decoder levels put together, the first one's; of
  /// integers times their scale, the integers' product.
  private func computation(of value: Graph.ValueID) -> Graph.Node? {
    guard let node = firstComputation(of: value) else { return nil }
    guard (node.operation as? ElementwiseBinary)?.function == .multiply else { return node }
    let factors = node.inputs.compactMap { $0.flatMap(firstComputation) }
    return factors.first { HeadWalk.isOfIntegers($0.operation) } ?? node
  }

  private func firstComputation(of value: Graph.ValueID) -> Graph.Node? {
    var value = value
    for _ in 0...graph.nodes.count {
      guard let node = producer(value) else { return nil }
      guard HeadWalk.moves(node.operation) || node.operation is Concat else { return node }
      guard let next = node.inputs.first ?? nil else { return nil }
      value = next
    }
    return nil
  }

  /// The tensor behind a value that is a constant or a copy of one.
  private func constant(_ value: Graph.ValueID) -> Tensor? {
    if let tensor = graph.constants[value] { return tensor }
    guard let node = producer(value), node.operation is Identity, let source = node.inputs[0] else {
      return nil
    }
    return graph.constants[source]
  }

  private func isAddition(_ node: Graph.Node) -> Bool {
    (node.operation as? ElementwiseBinary)?.function == .add && node.inputs.count == 2
  }

  /// The two sides of an addition: what is computed, and the constant added to it.
  private func biased(_ node: Graph.Node) -> (computed: Graph.ValueID, bias: Graph.ValueID)? {
    guard isAddition(node), let a = node.inputs[0], let b = node.inputs[1],
      fixed.contains(a) != fixed.contains(b)
    else { return nil }
    return fixed.contains(a) ? (b, a) : (a, b)
  }

  func boxOrigin() -> QueryHead.BoxOrigin {
    guard let boxes = output(["pred_boxes"]), let sigmoid = computation(of: boxes) else {
      return .unknown
    }
    guard (sigmoid.operation as? Activation)?.function == .sigmoid, let offset = sigmoid.inputs[0],
      var node = computation(of: offset)
    else { return .unknown }
    if isAddition(node) {
      guard let (computed, bias) = biased(node) else { return .reference }
      // A row per query is a reference that was learnt or laid out, no layer's bias.
      if let tensor = constant(bias), tensor.count != 4 { return .reference }
      guard let before = computation(of: computed) else { return .unknown }
      if isAddition(before) { return .reference }
      node = before
    }
    if node.operation is ScatterND || node.operation is ScatterElements { return .reference }
    guard HeadWalk.isLinear(node.operation) else { return .unknown }
    if let mean = classBias(), mean < HeadWalk.focalBias { return .unknown }
    return .direct
  }

  /// The mean bias of the layer that gives the classes; `nil` where none is found.
  private func classBias() -> Float? {
    guard let logits = output(["logits", "pred_logits"]), let node = computation(of: logits) else {
      return nil
    }
    let bias: Graph.ValueID?
    if let (_, added) = biased(node) {
      bias = added
    } else {
      bias = HeadWalk.isLinear(node.operation) && node.inputs.count > 2 ? node.inputs[2] : nil
    }
    guard let bias, let tensor = constant(bias), tensor.elementType == .float32, tensor.count > 0
    else { return nil }
    return tensor.withElements(Float.self) { $0.reduce(0, +) } / Float(tensor.count)
  }

  func samplesBeforeSelection() -> Bool {
    var sampled: Set<Graph.ValueID> = []
    var selections = 0
    for node in graph.nodes {
      let reads = node.inputs.contains { $0.map(sampled.contains) ?? false }
      if node.operation is TopK {
        guard reads else { return false }
        selections += 1
      }
      if reads || node.operation is GridSample { sampled.formUnion(node.outputs) }
    }
    return selections > 0
  }

  func selectsRows() -> Bool {
    guard graph.outputs.count == 1, let join = producer(graph.outputs[0].value),
      join.operation is Concat, join.inputs.count == 3, let scores = join.inputs[1],
      let selection = computation(of: scores)
    else { return false }
    return selection.operation is TopK
  }

  func hasPatchEmbedding() -> Bool {
    graph.nodes.contains { node in
      guard let convolution = node.operation as? Convolution, node.inputs.count > 1,
        let weights = node.inputs[1].flatMap(constant), weights.shape.count == 4
      else { return false }
      let kernel = Array(weights.shape[2...])
      return weights.shape[1] == 3 && kernel.allSatisfy { $0 >= 8 }
        && convolution.strides == kernel
    }
  }
}
