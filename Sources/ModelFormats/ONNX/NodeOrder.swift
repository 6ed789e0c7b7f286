/// The order in which the nodes of one list are taken in.
///
/// ONNX wants nodes sorted: each after those whose results it reads. Converters to float16 put the
/// casts they add at the end of the list all the same, and exporters hand such files on; so a cast
/// may stand anywhere. Nothing else may.
enum NodeOrder {
  /// Moves casts that stand behind readers of their results to before the first of them.
  ///
  /// - Parameter nodes: Their inner graphs count as readers too.
  /// - Returns: The nodes in their order but for those casts. Casts of results that are not there
  ///   yet stay where they are: whoever reads them is refused.
  /// - Complexity: O(nodes + names read).
  static func withCastsInPlace(_ nodes: [Onnx_NodeProto]) -> [Onnx_NodeProto] {
    var late: [String: Int] = [:]
    for (index, node) in nodes.enumerated() where isCast(node) { late[node.output[0]] = index }
    guard !late.isEmpty else { return nodes }
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.output where !output.isEmpty { makers[output] = index }
    }
    var order: [Int] = []
    var isPlaced = [Bool](repeating: false, count: nodes.count)
    var isVisited = isPlaced
    for (index, node) in nodes.enumerated() where !isPlaced[index] {
      // Casts of casts: the innermost comes first.
      var pending: [Int] = []
      var names = namesRead(by: node)
      while let name = names.popLast() {
        guard let cast = late[name], cast > index, !isVisited[cast] else { continue }
        isVisited[cast] = true
        pending.append(cast)
        names.append(nodes[cast].input[0])
      }
      for cast in pending.reversed() {
        let isReady = makers[nodes[cast].input[0]].map { isPlaced[$0] } ?? true
        guard isReady else { continue }
        isPlaced[cast] = true
        order.append(cast)
      }
      isPlaced[index] = true
      order.append(index)
    }
    return order.map { nodes[$0] }
  }

  private static func isCast(_ node: Onnx_NodeProto) -> Bool {
    node.opType == "Cast" && OperatorDomain.normalized(node.domain).isEmpty
      && node.input.count == 1 && node.output.count == 1 && !node.output[0].isEmpty
  }

  /// What a node reads, its inner graphs included.
  private static func namesRead(by node: Onnx_NodeProto) -> [String] {
    var names = node.input
    var graphs = node.attribute.flatMap { $0.graphs + ($0.hasG ? [$0.g] : []) }
    while let graph = graphs.popLast() {
      names += graph.output.map(\.name)
      for inner in graph.node {
        names += inner.input
        graphs += inner.attribute.flatMap { $0.graphs + ($0.hasG ? [$0.g] : []) }
      }
    }
    return names
  }
}
