package import Neural

/// What happens between a network's last learned layers and one of its outputs: whether an
/// exporter has put the decoding into the graph.
package struct OutputTrace: Hashable, Sendable {
  /// A sigmoid follows the last convolution.
  package var hasSigmoid = false
  /// Sums or products follow the last convolution: boxes are worked out in the graph.
  package var hasArithmetic = false
  /// An exponential follows the last convolution.
  package var hasExponential = false
  /// The last convolution is a transposed one: it makes a finer map.
  package var endsInTransposedConvolution = false

  package init(
    hasSigmoid: Bool = false, hasArithmetic: Bool = false, hasExponential: Bool = false,
    endsInTransposedConvolution: Bool = false
  ) {
    self.hasSigmoid = hasSigmoid
    self.hasArithmetic = hasArithmetic
    self.hasExponential = hasExponential
    self.endsInTransposedConvolution = endsInTransposedConvolution
  }

  /// Walks back from `output` to convolutions, matrix products and inputs.
  ///
  /// - Complexity: O(nodes).
  package init(of output: Graph.ValueID, in graph: Graph) {
    var makers: [Graph.ValueID: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for value in node.outputs { makers[value] = index }
    }
    var visited: Set<Int> = []
    var pending = [output]
    while let value = pending.popLast() {
      guard let index = makers[value], visited.insert(index).inserted else { continue }
      let node = graph.nodes[index]
      if note(node.operation) { pending += node.inputs.compactMap { $0 } }
    }
  }

  /// Notes one operator; false where the walk ends.
  private mutating func note(_ operation: any Operator) -> Bool {
    switch operation {
    case let activation as Activation:
      if activation.function == .sigmoid { hasSigmoid = true }
    case let binary as ElementwiseBinary:
      switch binary.function {
      case .add, .subtract, .multiply, .divide, .power: hasArithmetic = true
      default: break
      }
    case let unary as ElementwiseUnary:
      if unary.function == .exponential { hasExponential = true }
    case is ConvolutionTranspose:
      endsInTransposedConvolution = true
      return false
    default:
      return !["Conv", "ConvTranspose", "MatMul", "Gemm"].contains(operation.name)
    }
    return true
  }
}
