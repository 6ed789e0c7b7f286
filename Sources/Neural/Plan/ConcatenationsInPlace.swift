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

  /// Weights that every job of a convolution reads again, from the second cache.
  private static let maxWeights = 1 << 16

  init(_ graph: ShapedGraph) {
    let readers = graph.readers()
    let makers = graph.makers()
    /// Where nothing but the concatenation reads it.
    func maker(of value: Graph.ValueID) -> Graph.Node? {
      readers[value]?.count == 1 ? makers[value].map { graph.graph.nodes[$0] } : nil
    }
    for node in graph.graph.nodes {
      let type = graph.type(of: node.outputs[0])
      guard let concat = node.operation as? Concat, type.shape.count == 3,
        type.elementType == .float32
      else { continue }
      let axis = concat.axis < 0 ? concat.axis + 3 : concat.axis
      var start = 0
      for case let input? in node.inputs {
        let place = Place(whole: node.outputs[0], axis: axis, start: start)
        start += graph.type(of: input).shape[axis]
        guard let made = maker(of: input) else { continue }
        if made.operation is Concat { places[input] = place }
        if made.operation is Reshape, let source = made.inputs[0],
          let pointwise = maker(of: source),
          Self.isPointwise(pointwise, in: graph),
          graph.type(of: source).shape[..<2] == graph.type(of: input).shape[..<2]
        {
          places[source] = place
        }
      }
    }
  }

  private static func isPointwise(_ node: Graph.Node, in graph: ShapedGraph) -> Bool {
    guard let convolution = node.operation as? Convolution, convolution.groups == 1,
      convolution.residual == .none, convolution.strides.allSatisfy({ $0 == 1 }),
      convolution.blockedPadding(node, in: graph) == 0,
      let weights = node.inputs[1].flatMap({ graph.graph.constants[$0] })
    else { return false }
    return weights.shape[2...].allSatisfy { $0 == 1 } && weights.count <= maxWeights
      && weights.shape[..<2].allSatisfy { $0 <= 4096 }
  }
}
