extension Passes {
  /// `v × transposed(softmax(scale × transposed(q) × k))` over the last two axes is attention.
  ///
  /// The scale may stand on the scores or on q; each value in between has one reader.
  @Sendable static func recogniseAttention(_ graph: inout ShapedGraph) throws {
    let makers = graph.makers()
    let readers = graph.readers()
    let search = AttentionSearch(graph: graph, makers: makers, readers: readers)
    for position in graph.graph.nodes.indices {
      guard let found = search.attention(at: position) else { continue }
      graph.graph.nodes[position].operation = Attention(scale: found.scale)
      graph.graph.nodes[position].inputs = [found.q, found.k, found.v]
    }
  }
}

/// Finds what together is attention.
struct AttentionSearch {
  typealias ValueID = Graph.ValueID

  let graph: ShapedGraph
  let makers: [ValueID: Int]
  let readers: [ValueID: [Int]]

  /// The operands when the node is the second product of an attention.
  func attention(at position: Int) -> (q: ValueID, k: ValueID, v: ValueID, scale: Float)? {
    let node = graph.graph.nodes[position]
    guard node.operation is MatMul, let v = node.inputs[0], let transposed = node.inputs[1],
      let weights = swapped(transposed), let softmax = maker(of: weights),
      let operation = softmax.operation as? Softmax, !operation.logarithmic,
      let scaled = softmax.inputs[0]
    else { return nil }
    let rank = graph.type(of: v).shape.count
    guard operation.axis == -1 || operation.axis == rank - 1, rank >= 2,
      graph.type(of: v).elementType == .float32
    else { return nil }
    let (scores, outer) = withoutScale(scaled)
    guard let product = maker(of: scores), product.operation is MatMul,
      let a = product.inputs[0], let k = product.inputs[1]
    else { return nil }
    var (q, inner): (ValueID, Float) = (a, 1)
    if let inside = swapped(a) {
      (q, inner) = withoutScale(inside)
    } else {
      let (unscaled, factor) = withoutScale(a)
      guard let inside = swapped(unscaled) else { return nil }
      (q, inner) = (inside, factor)
    }
    let shapes = [q, k, v].map { graph.type(of: $0).shape }
    guard shapes.allSatisfy({ $0.count == rank && $0.dropLast(2) == shapes[0].dropLast(2) }),
      shapes[0][rank - 2] == shapes[1][rank - 2], shapes[1][rank - 1] == shapes[2][rank - 1],
      shapes.joined().allSatisfy({ $0 > 0 })
    else { return nil }
    return (q, k, v, inner * outer)
  }

  /// The node that makes a value nothing else reads.
  func maker(of value: ValueID) -> Graph.Node? {
    guard readers[value]?.count == 1, let position = makers[value] else { return nil }
    return graph.graph.nodes[position]
  }

  /// The input of a transposition of the last two axes.
  private func swapped(_ value: ValueID) -> ValueID? {
    guard let node = maker(of: value), let transpose = node.operation as? Transpose,
      let permutation = transpose.permutation, permutation.count >= 2
    else { return nil }
    let rank = permutation.count
    let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
    return permutation == order ? node.inputs[0] : nil
  }

  /// A value before its multiplication by, or division by, one constant number, if there is one.
  func withoutScale(_ value: ValueID) -> (value: ValueID, factor: Float) {
    guard let node = maker(of: value), let product = node.operation as? ElementwiseBinary,
      product.function == .multiply || product.function == .divide
    else { return (value, 1) }
    let isDivision = product.function == .divide
    for (index, other) in isDivision ? [(0, 1)] : [(0, 1), (1, 0)] {
      if let input = node.inputs[index], let constant = node.inputs[other],
        let tensor = graph.graph.constants[constant], tensor.count == 1,
        tensor.elementType == .float32, graph.type(of: input) == graph.type(of: value)
      {
        let factor = tensor.floats()[0]
        return (input, isDivision ? 1 / factor : factor)
      }
    }
    return (value, 1)
  }
}
