/// A place where a network can be divided in two: values that every path from the input to an
/// output passes through.
///
/// Where skip connections cross the place there are several values. They are the same for every
/// input size of one graph.
package struct GraphCut: Hashable, Sendable {
  /// The name of the value made last.
  package var name: String
  /// In the order in which they are made.
  package var values: [Graph.ValueID]
  /// As `values`.
  package var valueNames: [String]

  /// - Parameter name: The name of the value made last.
  package init(name: String, values: [Graph.ValueID], valueNames: [String]) {
    self.name = name
    self.values = values
    self.valueNames = valueNames
  }

  /// A cut that `detect info` offers, with what it costs and sees.
  package struct Candidate: Sendable {
    package var cut: GraphCut
    /// The name of the node that makes the last value.
    package var node: String
    /// Per value the type, and the fields along height and width.
    package var types: [TensorType]
    package var fields: [[AxisField]]
    /// Multiply–adds of the nodes before the cut over those of the network, in `0...1`.
    package var share: Double

    /// Channels of all values together.
    package var channels: Int { types.reduce(0) { $0 + $1.shape[1] } }
  }
}

extension ShapedGraph {
  /// The values that are made up to and including node `position` and read after it, in the order in
  /// which they are made; the network's input first where it is one of them.
  func liveValues(after position: Int) -> [ValueID] {
    var read: Set<ValueID> = Set(graph.outputs.map(\.value))
    for node in graph.nodes[(position + 1)...] { read.formUnion(node.inputs.compactMap { $0 }) }
    return (graph.inputs.map(\.value) + graph.nodes[...position].flatMap(\.outputs))
      .filter(read.contains)
  }

  /// Places where the network can be divided into a backbone and a rest: behind activations, where
  /// only maps cross, at most one of each stride, and where both parts have work to do.
  ///
  /// - Returns: In execution order.
  /// - Throws: `OperatorError`, `GraphError`, as receptive fields and passes do.
  /// - Complexity: Linear in the number of nodes.
  package func cutCandidates() throws -> [GraphCut.Candidate] {
    let fields = try ReceptiveFields(self)
    let made = makers()
    let readers = readers()
    // Fusing puts activations to their convolutions: no cut between them.
    var fused = self
    try Passes.optimise(&fused)
    var crossing = CrossingValues(fused)
    let ends = crossing.ends
    let total = fused.multiplyAdds
    var before = 0
    var result: [GraphCut.Candidate] = []
    for node in fused.graph.nodes {
      before += fused.multiplyAdds(of: node)
      let passed = crossing.advance(past: node)
      guard let live = passed?.map({ behindActivation($0, readers) }), before > 0, before < total,
        let last = live.last, result.last?.cut.values != live,
        live.allSatisfy({ !ends.contains($0) && made[$0] != nil }), let maker = made[last],
        let axes = planarMaps(live, fields)
      else { continue }
      let strides = axes.map { $0.map(\.stride) }
      guard Set(strides).count == strides.count else { continue }
      result.append(
        GraphCut.Candidate(
          cut: cut(live), node: graph.nodes[maker].name, types: live.map(type(of:)), fields: axes,
          share: Double(before) / Double(total)))
    }
    return result
  }

  /// The output of the activation that alone reads a value, else the value: in a fused network the
  /// activation has its convolution's output.
  private func behindActivation(_ value: ValueID, _ readers: [ValueID: [Int]]) -> ValueID {
    guard let positions = readers[value], positions.count == 1,
      graph.nodes.indices.contains(positions[0])
    else { return value }
    let node = graph.nodes[positions[0]]
    let isActivation =
      node.operation is Activation || node.operation is PRelu || node.operation is Clip
    return isActivation ? node.outputs[0] : value
  }

  /// The cut behind a layer: the values that cross from what runs up to it to what runs after it.
  ///
  /// - Parameter layer: The name of a node or of a value.
  /// - Throws: `GraphError.malformed` when there is no such layer, or something other than maps
  ///   crosses there; the message lists the cuts that can be made.
  package func cut(after layer: String) throws -> GraphCut {
    let candidates = try cutCandidates()
    if let known = candidates.first(where: { $0.cut.name == layer || $0.node == layer }) {
      return known.cut
    }
    let names = candidates.prefix(40).map(\.cut.name).joined(separator: ", ")
    guard
      let position = graph.nodes.firstIndex(where: { node in
        node.name == layer || node.outputs.contains { graph.valueNames[$0.index] == layer }
      })
    else {
      throw GraphError.malformed("no layer \(layer) to cut behind; possible cuts: \(names)")
    }
    let live = liveValues(after: position)
    let ends = Set(graph.outputs.map(\.value) + graph.inputs.map(\.value))
    guard !live.isEmpty, live.allSatisfy({ !ends.contains($0) }),
      planarMaps(live, try ReceptiveFields(self)) != nil
    else {
      throw GraphError.malformed(
        "the network cannot be cut behind \(layer): not only maps cross there; possible cuts: "
          + names)
    }
    return cut(live)
  }

  func cut(_ values: [ValueID]) -> GraphCut {
    let names = values.map { graph.valueNames[$0.index] }
    return GraphCut(name: names.last ?? "", values: values, valueNames: names)
  }

  /// The fields along height and width when all values are Float32 maps `[1, C, rows, columns]`.
  private func planarMaps(_ values: [ValueID], _ fields: ReceptiveFields) -> [[AxisField]]? {
    var result: [[AxisField]] = []
    for value in values {
      guard case .local(let field) = fields[value],
        field.roles == [.other, .other, .spatial(0), .spatial(1)],
        type(of: value).elementType == .float32, type(of: value).shape[0] == 1
      else { return nil }
      result.append(field.axes)
    }
    return result
  }
}

/// The values that cross from the nodes passed to those to come, while the nodes are walked through.
private struct CrossingValues {
  /// Inputs and outputs of the network, which no cut may hold.
  let ends: Set<Graph.ValueID>
  private var readersLeft: [Graph.ValueID: Int] = [:]
  private var places: [Graph.ValueID: Int] = [:]
  private var live: Set<Graph.ValueID>

  /// More values than that are not worth a cut.
  private static let limit = 8

  init(_ shaped: ShapedGraph) {
    let inputs = shaped.graph.inputs.map(\.value)
    ends = Set(inputs + shaped.graph.outputs.map(\.value))
    readersLeft = shaped.readers().mapValues(\.count)
    live = Set(inputs)
  }

  /// - Returns: The values crossing behind the node in the order in which they are made, or `nil`
  ///   where there are too many.
  mutating func advance(past node: Graph.Node) -> [Graph.ValueID]? {
    for case let value? in node.inputs {
      let left = (readersLeft[value] ?? 1) - 1
      readersLeft[value] = left
      if left <= 0 { live.remove(value) }
    }
    for value in node.outputs where (readersLeft[value] ?? 0) > 0 {
      live.insert(value)
      places[value] = places.count
    }
    guard live.count <= Self.limit else { return nil }
    return live.sorted { (places[$0] ?? -1) < (places[$1] ?? -1) }
  }
}
