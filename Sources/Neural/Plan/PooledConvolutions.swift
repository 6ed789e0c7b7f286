/// Which convolutions are run together with the maximum over 2 x 2 pixels that alone reads them.
///
/// A quarter of the values is written, and none is read again.
struct PooledConvolutions {
  /// Positions of the convolution and of the maximum, by the latter's.
  private(set) var byLast: [Int: [Int]] = [:]
  /// Positions of the convolutions.
  private(set) var absorbed: Set<Int> = []

  /// Channels that the kernel has room for, with the shortest vectors.
  private static let maxChannels = 2048
  /// Weights that every job reads again, where Winograd does not take the convolution.
  private static let maxWeights = 1 << 16

  /// - Parameter chains: What these run is left out.
  init(_ graph: ShapedGraph, besides chains: ConvolutionChains) {
    let readers = graph.readers()
    let makers = graph.makers()
    let taken = chains.absorbed.union(chains.byLast.keys)
    for (position, node) in graph.graph.nodes.enumerated() {
      guard let pool = node.operation as? MaxPool, let input = node.inputs[0],
        Self.takesPairs(pool, of: input, for: node, in: graph), readers[input]?.count == 1,
        let maker = makers[input], !taken.contains(maker),
        Self.canBePooled(graph.graph.nodes[maker], in: graph)
      else { continue }
      byLast[position] = [maker, position]
      absorbed.insert(maker)
    }
  }

  /// Whether its windows are 2 x 2 pixels side by side that cover the picture.
  private static func takesPairs(
    _ pool: MaxPool, of value: Graph.ValueID, for node: Graph.Node, in graph: ShapedGraph
  ) -> Bool {
    let input = graph.type(of: value).shape
    let output = graph.type(of: node.outputs[0]).shape
    return node.outputs.count == 1 && input.count == 4 && output.allSatisfy { $0 > 0 }
      && pool.kernel == [2, 2] && pool.strides == [2, 2] && pool.dilations == [1, 1]
      && (try? pool.padding(inputShape: input).begin) == [0, 0]
      && input[2...].elementsEqual(output[2...].map { 2 * $0 })
  }

  private static func canBePooled(_ node: Graph.Node, in graph: ShapedGraph) -> Bool {
    guard let convolution = node.operation as? Convolution, convolution.groups == 1,
      convolution.residual == .none, convolution.blockedPadding(node, in: graph) != nil,
      let weights = node.inputs[1].flatMap({ graph.graph.constants[$0] }),
      weights.shape[..<2].allSatisfy({ $0 <= maxChannels })
    else { return false }
    let isWinograd =
      weights.shape[2...].elementsEqual([3, 3]) && convolution.strides == [1, 1]
      && convolution.dilations == [1, 1]
    return isWinograd || weights.count <= maxWeights
  }
}
