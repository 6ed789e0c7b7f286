/// Which convolutions run together, depth first in bands of rows.
///
/// Networks of separable convolutions and inverted residuals spend their time moving wide tensors
/// between a pointwise and a depthwise convolution. Where such a tensor has one reader and is too
/// large for the caches near a core, its rows are consumed while they are still there.
struct ConvolutionChains {
  /// Positions of the nodes of a chain, in order, by the position of its last one.
  private(set) var byLast: [Int: [Int]] = [:]
  /// Positions of the nodes that run as part of a later one.
  private(set) var absorbed: Set<Int> = []

  private static let maxLength = 4
  /// Smaller values stay in the caches anyway, and fewer rows make fewer jobs.
  private static let minBytes = 1 << 20
  /// Fewer rows would not make a band for each of several threads.
  private static let minHeight = 24
  /// Channels of a stage that the kernel has room for.
  private static let maxChannels = 2048

  /// `narrow`: a kernel of several pixels over few channels, which Winograd does not make faster.
  private enum Kind { case first, depthwise, pointwise, narrow }

  init(_ graph: ShapedGraph) {
    let readers = graph.readers()
    let kinds = graph.graph.nodes.map { Self.kind(of: $0, in: graph) }
    for start in kinds.indices where kinds[start] != nil && !absorbed.contains(start) {
      guard !byLast.values.contains(where: { $0.contains(start) }) else { continue }
      var chain = [start]
      while chain.count < Self.maxLength, let last = chain.last,
        let next = Self.successor(of: last, in: graph, readers: readers, kinds: kinds)
      {
        chain.append(next)
      }
      guard chain.count > 1, let last = chain.last else { continue }
      byLast[last] = chain
      absorbed.formUnion(chain.dropLast())
    }
  }

  /// The node that can take the rows of this one as they come.
  private static func successor(
    of position: Int, in graph: ShapedGraph, readers: [Graph.ValueID: [Int]], kinds: [Kind?]
  ) -> Int? {
    let node = graph.graph.nodes[position]
    let output = node.outputs[0]
    guard let convolution = node.convolution, convolution.residual == .none,
      let positions = readers[output], positions.count == 1, let next = positions.first,
      next < kinds.count, let kind = kinds[next], kind != .first,
      graph.graph.nodes[next].inputs[0] == output
    else { return nil }
    // A tensor between two pointwise convolutions is the narrow one.
    if kind == .pointwise, kinds[position] == .pointwise { return nil }
    // Rows needed by two bands are computed twice: only the cheap first layer's are worth it.
    if kinds[position] == .narrow || (kind == .narrow && kinds[position] != .first) { return nil }
    let shape = graph.type(of: output).shape
    let isLarge = shape.dropFirst().reduce(4, *) >= minBytes
    let lastHeight = graph.type(of: graph.graph.nodes[next].outputs[0]).shape[2]
    return isLarge && lastHeight >= minHeight ? next : nil
  }

  private static func kind(of node: Graph.Node, in graph: ShapedGraph) -> Kind? {
    guard let convolution = node.convolution,
      convolution.blockedPadding(node, in: graph) != nil, let input = node.inputs[0],
      let weights = node.inputs[1].flatMap({ graph.graph.constants[$0] })
    else { return nil }
    let channels = graph.type(of: input).shape[1]
    guard max(channels, weights.shape[0]) <= maxChannels else { return nil }
    if convolution.groups > 1 {
      return convolution.groups == channels && weights.shape[0] == channels ? .depthwise : nil
    }
    if weights.shape[2...].allSatisfy({ $0 == 1 }), convolution.strides.allSatisfy({ $0 == 1 }) {
      return .pointwise
    }
    let isInput = graph.graph.inputs.contains { $0.value == input }
    if isInput { return channels <= 8 && convolution.residual == .none ? .first : nil }
    let isNarrow = channels <= 16 && weights.shape[0] <= 32
    return isNarrow && convolution.strides == [2, 2] ? .narrow : nil
  }
}
