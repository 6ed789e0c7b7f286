/// What passes need to rewrite a specialised graph.
extension ShapedGraph {
  /// Which nodes read each value, by position in `graph.nodes`; a node that reads a value twice is
  /// listed twice. Network outputs count as one reader with the position `graph.nodes.count`.
  package func readers() -> [ValueID: [Int]] {
    var readers: [ValueID: [Int]] = [:]
    for (position, node) in graph.nodes.enumerated() {
      for value in node.inputs {
        if let value { readers[value, default: []].append(position) }
      }
    }
    for output in graph.outputs { readers[output.value, default: []].append(graph.nodes.count) }
    return readers
  }

  /// Which node makes each value, by position.
  package func makers() -> [ValueID: Int] {
    var makers: [ValueID: Int] = [:]
    for (position, node) in graph.nodes.enumerated() {
      for value in node.outputs { makers[value] = position }
    }
    return makers
  }

  /// Makes every reader of a key read its value instead (followed through chains).
  mutating func replace(_ replacements: [ValueID: ValueID]) {
    guard !replacements.isEmpty else { return }
    func resolve(_ value: ValueID) -> ValueID {
      var value = value
      while let next = replacements[value] { value = next }
      return value
    }
    for position in graph.nodes.indices {
      for index in graph.nodes[position].inputs.indices {
        if let value = graph.nodes[position].inputs[index] {
          graph.nodes[position].inputs[index] = resolve(value)
        }
      }
    }
    for index in graph.outputs.indices {
      graph.outputs[index].value = resolve(graph.outputs[index].value)
    }
  }

  mutating func addConstant(_ tensor: Tensor, name: String) -> ValueID {
    let value = graph.addConstant(tensor, name: name)
    types[value] = TensorType(tensor.elementType, tensor.shape)
    return value
  }

  mutating func addValue(name: String, type: TensorType) -> ValueID {
    let value = graph.addValue(name: name)
    types[value] = type
    return value
  }

  /// Drops the nodes at the given positions.
  mutating func removeNodes(at positions: Set<Int>) {
    guard !positions.isEmpty else { return }
    graph.nodes = graph.nodes.enumerated().filter { !positions.contains($0.offset) }.map(\.element)
  }

  /// Drops nodes and constants that no network output depends on.
  package mutating func removeDeadNodes() {
    var live = Set(graph.outputs.map(\.value))
    var kept: [Graph.Node] = []
    for node in graph.nodes.reversed() where node.outputs.contains(where: live.contains) {
      for value in node.inputs {
        if let value { live.insert(value) }
      }
      kept.append(node)
    }
    graph.nodes = kept.reversed()
    graph.constants = graph.constants.filter { live.contains($0.key) }
  }
}
