/// The top-down path that gives every level of a backbone the meaning of the levels above it (FPN,
/// Lin et al. 2017, arXiv:1612.03144).
///
///     sum_top = lateral(C_top)      sum_l = lateral(C_l) + resize(sum_{l+1})      P_l = output(sum_l)
///
/// Laterals are 1x1, outputs 3x3; an output never feeds the next merge, and there is no
/// non-linearity.
package struct FeaturePyramid: Sendable {
  /// Levels above the top one.
  package enum ExtraLevels: Sendable {
    case none
    /// One: every second position of the top output (Faster R-CNN).
    case subsampled
    /// Two 3x3 convolutions of stride 2, the first on the backbone's top map, the second after a
    /// ReLU (RetinaNet, Lin et al. 2017, arXiv:1708.02002).
    case convolved(ConvolutionWeights, ConvolutionWeights)
  }

  /// One 1x1 convolution per level, finest first, all to one number of channels.
  package var laterals: [ConvolutionWeights]
  /// One per level, or none at all: then the sums are the outputs.
  package var outputs: [ConvolutionWeights]
  package var extraLevels: ExtraLevels

  package init(
    laterals: [ConvolutionWeights], outputs: [ConvolutionWeights] = [],
    extraLevels: ExtraLevels = .none
  ) {
    self.laterals = laterals
    self.outputs = outputs
    self.extraLevels = extraLevels
  }

  /// Appends the pyramid over a backbone's maps.
  ///
  /// - Parameter maps: `[N, C_l, rows, columns]`, finest first, one per lateral.
  /// - Returns: The levels, finest first, extra ones last.
  /// - Throws: `GraphError.malformed` when the numbers of maps and weights differ.
  package func append(
    to graph: inout Graph, maps: [Graph.ValueID], name: String
  ) throws -> [Graph.ValueID] {
    guard let top = maps.last, maps.count == laterals.count,
      outputs.isEmpty || outputs.count == maps.count
    else {
      throw GraphError.malformed(
        "\(name): \(maps.count) maps, \(laterals.count) laterals and \(outputs.count) outputs")
    }
    var sums: [Graph.ValueID] = []
    for (level, map) in maps.enumerated().reversed() {
      let label = "\(name)/\(level)"
      let lateral = graph.appendConvolution(map, laterals[level], name: label + "/lateral")
      guard let above = sums.last else {
        sums.append(lateral)
        continue
      }
      let resized = graph.appendResize(above, like: lateral, name: label + "/resize")
      sums.append(graph.appendSum(lateral, resized, name: label + "/sum"))
    }
    var levels = Array(sums.reversed())
    for level in outputs.indices {
      levels[level] = graph.appendConvolution(
        levels[level], outputs[level], name: "\(name)/\(level)/output")
    }
    switch extraLevels {
    case .none: break
    case .subsampled:
      levels.append(
        graph.append(
          MaxPool(
            kernel: [1, 1], strides: [2, 2], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0]),
          name: name + "/subsample", inputs: [levels[levels.count - 1]]))
    case .convolved(let first, let second):
      let sixth = graph.appendConvolution(top, first, stride: 2, name: name + "/extra1")
      let active = graph.append(
        Activation(function: .relu), name: name + "/relu", inputs: [sixth])
      levels += [
        sixth, graph.appendConvolution(active, second, stride: 2, name: name + "/extra2"),
      ]
    }
    return levels
  }
}
