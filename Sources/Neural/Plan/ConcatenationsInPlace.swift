/// Which values are best written where the concatenation that reads them wants them.
///
/// The heads of grid detectors end in pointwise convolutions of several levels, each flattened, and
/// joined; the joined boxes and scores are joined once more. Written in place, they are not copied.
struct ConcatenationsInPlace {
  /// A part of a concatenation's output.
  struct Place {
    var whole: Graph.ValueID
    var axis: Int
    /// The first position on that axis.
    var start: Int
  }

  /// By value: outputs of pointwise convolutions, and of concatenations that others read. A
  /// convolution's `[N, C, H, W]` lies there as `[N, C, H * W]`.
  private(set) var places: [Graph.ValueID: Place] = [:]

  /// Channels that the kernel has room for, with the shortest vectors.
  private static let maxChannels = 2048
  /// Weights that every job of a convolution reads again, from the second cache.
  private static let maxWeights = 1 << 16

  init(_ graph: ShapedGraph) {
    let readers = graph.readers()
    let makers = graph.makers()
    /// Where nothing but the concatenation reads it.
    func maker(of value: Graph.ValueID?) -> Graph.Node? {
      guard let value, readers[value]?.count == 1 else { return nil }
      return makers[value].map { graph.graph.nodes[$0] }
    }
    func isPointwise(_ value: Graph.ValueID?) -> Bool {
      maker(of: value).map { Self.isPointwise($0, in: graph) } ?? false
    }
    for node in graph.graph.nodes {
      guard let axis = Self.axis(of: node, rank: 3, in: graph) else { continue }
      for (input, start) in Self.parts(of: node, axis: axis, in: graph) {
        let place = Place(whole: node.outputs[0], axis: axis, start: start)
        guard let made = maker(of: input) else { continue }
        if made.operation is Concat { places[input] = place }
        guard made.operation is Reshape, let source = made.inputs[0],
          graph.type(of: source).shape[..<2] == graph.type(of: input).shape[..<2]
        else { continue }
        if isPointwise(source) { places[source] = place }
        // Boxes and scores of one level, joined before they are flattened.
        guard let joined = maker(of: source), Self.axis(of: joined, rank: 4, in: graph) == 1 else {
          continue
        }
        let parts = Self.parts(of: joined, axis: 1, in: graph)
        guard parts.allSatisfy({ isPointwise($0.value) }) else { continue }
        places[source] = place
        for (value, start) in parts {
          places[value] = Place(whole: source, axis: 1, start: start)
        }
      }
    }
  }

  /// The axis of a concatenation of Float32 values of that rank.
  private static func axis(of node: Graph.Node, rank: Int, in graph: ShapedGraph) -> Int? {
    let type = graph.type(of: node.outputs[0])
    guard let concat = node.operation as? Concat, type.shape.count == rank,
      type.elementType == .float32
    else { return nil }
    return concat.axis < 0 ? concat.axis + rank : concat.axis
  }

  /// The values that a concatenation joins, with their first positions.
  private static func parts(
    of node: Graph.Node, axis: Int, in graph: ShapedGraph
  ) -> [(value: Graph.ValueID, start: Int)] {
    var start = 0
    return node.inputs.compactMap(\.self).map { value in
      defer { start += graph.type(of: value).shape[axis] }
      return (value, start)
    }
  }

  private static func isPointwise(_ node: Graph.Node, in graph: ShapedGraph) -> Bool {
    guard let convolution = node.operation as? Convolution, convolution.groups == 1,
      convolution.residual == .none, convolution.strides.allSatisfy({ $0 == 1 }),
      convolution.blockedPadding(node, in: graph) == 0,
      let weights = node.inputs[1].flatMap({ graph.graph.constants[$0] })
    else { return false }
    return weights.shape[2...].allSatisfy { $0 == 1 } && weights.count <= maxWeights
      && weights.shape[..<2].allSatisfy { $0 <= maxChannels }
  }
}
