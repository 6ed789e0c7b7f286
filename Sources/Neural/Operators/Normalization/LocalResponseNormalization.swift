/// Divides each element by a power of the energy of its neighbours across channels:
/// `y = x / (bias + alpha / size * sum(neighbours^2))^beta` (Krizhevsky et al. 2012, section 3.3).
///
/// The neighbourhood of channel c is `c - floor((size - 1) / 2) ... c + ceil((size - 1) / 2)`.
/// Input: x `[N, C, ...]`, Float32. Output: its shape.
package struct LocalResponseNormalization: Operator, Hashable {
  /// Channels in a neighbourhood.
  package var size: Int
  package var alpha: Float
  package var beta: Float
  package var bias: Float

  package init(size: Int, alpha: Float, beta: Float, bias: Float) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  package var name: String { "LRN" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    guard x.shape.count >= 2 else {
      throw OperatorError.invalidInput("x of shape \(x.shape), needs [N, C, ...]")
    }
    guard size >= 1, size <= SpatialWindow.maximumExtent else {
      throw OperatorError.invalidAttribute(
        "size", "\(size) is outside 1...\(SpatialWindow.maximumExtent)")
    }
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let channels = type.shape[1]
    let planeCount = type.shape.dropFirst(2).reduce(1, *)
    let (before, after) = ((size - 1) / 2, size / 2)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for plane in 0..<type.shape[0] * channels {
          let c = plane % channels
          let neighbours = max(c - before, 0)...min(c + after, channels - 1)
          for i in 0..<planeCount {
            var energy = 0.0
            for neighbour in neighbours {
              let value = Double(x[(plane - c + neighbour) * planeCount + i])
              energy += value * value
            }
            let base = Double(bias) + Double(alpha) / Double(size) * energy
            let position = plane * planeCount + i
            output[position] = Float(
              Double(x[position]) / ElementaryFunctions.power(base, Double(beta)))
          }
        }
      }
    }
    return [result]
  }
}
