/// One layer of a bidirectional feature pyramid (BiFPN, Tan et al. 2020, arXiv:1911.09070).
///
/// Down: `td_l = f(P_l, up td_{l+1})`, from the level below the top to the second. Up:
/// `out_l = f(P_l, td_l, down out_{l-1})`; the lowest output is `f(P_0, up td_1)` and the top one
/// `f(P_top, down out)`: nodes with a single input are left out. `up` is nearest, `down` a max
/// pooling 3x3 of stride 2.
package struct BidirectionalPyramid: Sendable {
  /// What follows each weighted sum, e.g. SiLU, a depthwise separable convolution and a
  /// normalisation: graph, fused map, name, to the node's output of the same shape.
  package typealias Node = @Sendable (inout Graph, Graph.ValueID, String) throws -> Graph.ValueID

  /// Two weights per intermediate node, from the level below the top down to the second level.
  package var downWeights: [[Float]]
  /// Per output node, finest first: two weights for the first and the last, three between.
  package var upWeights: [[Float]]
  package var normalisation: WeightedFusion.Normalisation
  package var node: Node

  package init(
    downWeights: [[Float]], upWeights: [[Float]],
    normalisation: WeightedFusion.Normalisation = .fast(epsilon: 1e-4), node: @escaping Node
  ) {
    self.downWeights = downWeights
    self.upWeights = upWeights
    self.normalisation = normalisation
    self.node = node
  }

  /// Appends the layer.
  ///
  /// - Parameter levels: At least 2, finest first, of one number of channels, each of half the
  ///   size, rounded up, of the one before.
  /// - Returns: As many levels, of the same shapes.
  /// - Throws: `GraphError.malformed` when the numbers of levels and weights do not fit.
  package func append(
    to graph: inout Graph, levels: [Graph.ValueID], name: String
  ) throws -> [Graph.ValueID] {
    let count = levels.count
    guard count >= 2, downWeights.count == count - 2, upWeights.count == count else {
      throw GraphError.malformed(
        "\(name): \(count) levels, \(downWeights.count) and \(upWeights.count) nodes' weights")
    }
    func fuse(
      _ graph: inout Graph, _ maps: [Graph.ValueID], _ weights: [Float], _ label: String
    ) throws -> Graph.ValueID {
      let sum = try WeightedFusion(weights: weights, normalisation: normalisation).append(
        to: &graph, maps: maps, name: label)
      return try node(&graph, sum, label)
    }
    // Where the top-down path stands at each level: its ends are the levels themselves.
    var middle = levels
    for (step, level) in (1..<count - 1).reversed().enumerated() {
      let label = "\(name)/down\(level)"
      let up = graph.appendResize(middle[level + 1], like: levels[level], name: label + "/up")
      middle[level] = try fuse(&graph, [levels[level], up], downWeights[step], label)
    }
    let up = graph.appendResize(middle[1], like: levels[0], name: name + "/up0/up")
    var outputs = [try fuse(&graph, [levels[0], up], upWeights[0], name + "/up0")]
    for level in 1..<count {
      let label = "\(name)/up\(level)"
      let down = graph.append(
        MaxPool(
          kernel: [3, 3], strides: [2, 2], dilations: [1, 1], padsBegin: [1, 1], padsEnd: [1, 1]),
        name: label + "/pool", inputs: [outputs[level - 1]])
      let maps = level < count - 1 ? [levels[level], middle[level], down] : [levels[level], down]
      outputs.append(try fuse(&graph, maps, upWeights[level], label))
    }
    return outputs
  }
}
