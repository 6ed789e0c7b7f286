/// The weighted sum of maps of one shape, with weights made positive and normalised (BiFPN, Tan et
/// al. 2020, arXiv:1911.09070, section 3.3).
package struct WeightedFusion: Hashable, Sendable {
  package enum Normalisation: Hashable, Sendable {
    /// `relu(w_i) / (epsilon + sum of relu(w_j))`; all 0 where no weight is positive.
    case fast(epsilon: Float)
    /// `exp(w_i) / sum of exp(w_j)`.
    case softmax
  }

  package var weights: [Float]
  package var normalisation: Normalisation

  package init(weights: [Float], normalisation: Normalisation = .fast(epsilon: 1e-4)) {
    self.weights = weights
    self.normalisation = normalisation
  }

  /// What each map is multiplied by.
  package var coefficients: [Float] {
    switch normalisation {
    case .fast(let epsilon):
      let positive = weights.map { max($0, 0) }
      let sum = positive.reduce(epsilon, +)
      return positive.map { sum > 0 ? $0 / sum : 0 }
    case .softmax:
      let largest = weights.max() ?? 0
      let powers = weights.map { Float(ElementaryFunctions.exponential(Double($0 - largest))) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  /// Appends the sum.
  ///
  /// - Parameter maps: One per weight, at least one, of one shape.
  /// - Throws: `GraphError.malformed`.
  package func append(
    to graph: inout Graph, maps: [Graph.ValueID], name: String
  ) throws -> Graph.ValueID {
    guard maps.count == weights.count, !maps.isEmpty else {
      throw GraphError.malformed("\(name): \(maps.count) maps, \(weights.count) weights")
    }
    var sum: Graph.ValueID?
    for (index, coefficient) in coefficients.enumerated() {
      let factor = graph.addConstant(
        try Tensor([coefficient], shape: []), name: "\(name)/weight\(index)")
      let scaled = graph.append(
        ElementwiseBinary(function: .multiply), name: "\(name)/scale\(index)",
        inputs: [maps[index], factor])
      sum = sum.map { graph.appendSum($0, scaled, name: "\(name)/sum\(index)") } ?? scaled
    }
    return sum ?? maps[0]
  }
}
