/// The bottom-up path behind a feature pyramid, which brings what the fine levels know up again
/// (PAN, Liu et al. 2018, arXiv:1803.01534).
///
///     N_0 = P_0        N_{l+1} = output(join(P_{l+1}, down(N_l)))
///
/// `down` is a 3x3 convolution of stride 2, `output` one of stride 1.
package struct PathAggregation: Sendable {
  /// How a level and the one below it become one.
  package enum Join: Hashable, Sendable {
    case sum
    /// Channels behind one another, the level's own last (YOLOv4 and later).
    case concatenation
  }

  /// One per level but the last, finest first.
  package var downs: [ConvolutionWeights]
  package var outputs: [ConvolutionWeights]
  package var join: Join

  package init(
    downs: [ConvolutionWeights], outputs: [ConvolutionWeights], join: Join = .sum
  ) {
    self.downs = downs
    self.outputs = outputs
    self.join = join
  }

  /// Appends the path.
  ///
  /// - Parameter levels: Finest first, each of half the size, rounded up, of the one before.
  /// - Returns: As many levels, the finest unchanged.
  /// - Throws: `GraphError.malformed` when the numbers of levels and weights differ.
  package func append(
    to graph: inout Graph, levels: [Graph.ValueID], name: String
  ) throws -> [Graph.ValueID] {
    guard let finest = levels.first, downs.count == levels.count - 1, outputs.count == downs.count
    else {
      throw GraphError.malformed(
        "\(name): \(levels.count) levels, \(downs.count) and \(outputs.count) convolutions")
    }
    var result = [finest]
    for (level, map) in levels.dropFirst().enumerated() {
      let label = "\(name)/\(level + 1)"
      let down = graph.appendConvolution(
        result[level], downs[level], stride: 2, name: label + "/down")
      let joined =
        switch join {
        case .sum: graph.appendSum(map, down, name: label + "/sum")
        case .concatenation:
          graph.append(Concat(axis: 1), name: label + "/concat", inputs: [down, map])
        }
      result.append(graph.appendConvolution(joined, outputs[level], name: label + "/output"))
    }
    return result
  }
}
