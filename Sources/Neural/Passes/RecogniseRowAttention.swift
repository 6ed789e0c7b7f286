extension Passes {
  /// Attention over rows, `softmax(scale × q × k) × v` with q `[..., N, D]`, k `[..., D, M]` and
  /// v `[..., M, E]`, becomes `Attention` between transpositions; `MultiHeadAttention` without windows,
  /// a cache or masks that hide something too.
  @Sendable static func recogniseRowAttention(_ graph: inout ShapedGraph) throws {
    let search = AttentionSearch(graph: graph, makers: graph.makers(), readers: graph.readers())
    var nodes: [Graph.Node] = []
    for node in graph.graph.nodes {
      guard let found = search.rowAttention(node) ?? search.plainHeads(node) else {
        nodes.append(node)
        continue
      }
      let rank = graph.type(of: found.q).shape.count
      let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
      func swap(_ value: Graph.ValueID) -> Graph.ValueID {
        var shape = graph.type(of: value).shape
        shape.swapAt(rank - 2, rank - 1)
        let swapped = graph.addValue(name: node.name, type: TensorType(.float32, shape))
        nodes.append(
          Graph.Node(
            name: node.name, operation: Transpose(permutation: order), inputs: [value],
            outputs: [swapped]))
        return swapped
      }
      let q = swap(found.q)
      let k = found.isKeyTransposed ? found.k : swap(found.k)
      let v = swap(found.v)
      var shape = graph.type(of: node.outputs[0]).shape
      shape.swapAt(rank - 2, rank - 1)
      let result = graph.addValue(name: node.name, type: TensorType(.float32, shape))
      nodes.append(
        Graph.Node(
          name: node.name, operation: Attention(scale: found.scale), inputs: [q, k, v],
          outputs: [result]))
      nodes.append(
        Graph.Node(
          name: node.name, operation: Transpose(permutation: order), inputs: [result],
          outputs: [node.outputs[0]]))
    }
    graph.graph.nodes = nodes
  }
}

extension AttentionSearch {
  /// Operands over rows.
  struct RowOperands {
    var q: ValueID
    var k: ValueID
    var v: ValueID
    var scale: Float
    /// Whether k is `[..., D, M]` rather than `[..., M, D]`.
    var isKeyTransposed: Bool
  }

  /// The operands when the node is the second product of an attention over rows.
  func rowAttention(_ node: Graph.Node) -> RowOperands? {
    guard node.operation is MatMul, let weights = node.inputs[0], let v = node.inputs[1],
      let softmax = maker(of: weights), let operation = softmax.operation as? Softmax,
      !operation.logarithmic, let scaled = softmax.inputs[0]
    else { return nil }
    let rank = graph.type(of: v).shape.count
    guard rank >= 3, operation.axis == -1 || operation.axis == rank - 1,
      graph.type(of: v).elementType == .float32
    else { return nil }
    let (scores, outer) = withoutScale(scaled)
    guard let product = maker(of: scores), product.operation is MatMul,
      let a = product.inputs[0], let k = product.inputs[1]
    else { return nil }
    let (q, inner) = withoutScale(a)
    let shapes = [q, k, v].map { graph.type(of: $0).shape }
    guard shapes.allSatisfy({ $0.count == rank && $0.dropLast(2) == shapes[0].dropLast(2) }),
      shapes[0][rank - 1] == shapes[1][rank - 2], shapes[1][rank - 1] == shapes[2][rank - 2],
      shapes.joined().allSatisfy({ $0 > 0 }), !graph.graph.constants.keys.contains(q)
    else { return nil }
    return RowOperands(q: q, k: k, v: v, scale: inner * outer, isKeyTransposed: true)
  }

  /// The operands of `MultiHeadAttention` where nothing but scaled products is asked for.
  func plainHeads(_ node: Graph.Node) -> RowOperands? {
    guard let operation = node.operation as? MultiHeadAttention, node.outputs.count == 1,
      node.inputs.dropFirst(4).allSatisfy({ $0 == nil }), operation.softcap == 0,
      !operation.isCausal, operation.leftWindow == nil, operation.rightWindow == nil,
      operation.scores == nil, let q = node.inputs[0], let k = node.inputs[1],
      let v = node.inputs[2]
    else { return nil }
    let shapes = [q, k, v].map { graph.type(of: $0).shape }
    guard shapes.allSatisfy({ $0.count == 4 && $0[1] == shapes[0][1] }),
      shapes.joined().allSatisfy({ $0 > 0 }),
      node.inputs.count < 4 || hidesNothing(node.inputs[3], keys: shapes[1][2])
    else { return nil }
    let scale = operation.scale ?? Float(1 / Double(shapes[0][3]).squareRoot())
    return RowOperands(q: q, k: k, v: v, scale: scale, isKeyTransposed: false)
  }

  /// Whether a mask is known and lets every query see every key, as exporters write for pictures
  /// without padding.
  private func hidesNothing(_ mask: ValueID?, keys: Int) -> Bool {
    guard let mask else { return true }
    guard let values = graph.graph.constants[mask], values.shape.last == keys else { return false }
    switch values.elementType {
    case .bool: return values.elements(UInt8.self).allSatisfy { $0 != 0 }
    case .float32: return values.elements(Float.self).allSatisfy { $0 == 0 }
    default: return false
    }
  }
}
