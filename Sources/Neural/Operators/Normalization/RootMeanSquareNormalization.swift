/// Divides by the root mean square over the axes from `axis` to the last (Zhang and Sennrich 2019,
/// arXiv:1910.07467).
///
/// Inputs, both Float32: x; scale, broadcast to the normalised axes. Output: the shape of x.
package struct RootMeanSquareNormalization: Operator, Hashable {
  /// The first normalised axis; negative counts from the end.
  package var axis: Int
  package var epsilon: Float

  package init(axis: Int, epsilon: Float) {
    self.axis = axis
    self.epsilon = epsilon
  }

  package var name: String { "RMSNormalization" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.floatType(0, "x")
    let axis = try Axes.resolve(axis, rank: x.shape.count)
    let scale = try inputs.floatType(1, "scale")
    try Broadcast.require(scale.shape, fits: Array(x.shape[axis...]), "scale")
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (x, factors) = (try required(inputs, 0), try required(inputs, 1))
    let axis = try Axes.resolve(axis, rank: type.shape.count)
    let normalized = Array(type.shape[axis...])
    let scale = try factors.strided(
      shape: normalized, strides: Broadcast.strides(of: factors.shape, over: normalized)
    ).elements(Float.self)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for start in stride(from: 0, to: x.count, by: max(scale.count, 1)) {
          var sum = 0.0
          for place in scale.indices { sum += Double(x[start + place]) * Double(x[start + place]) }
          let root = (sum / Double(scale.count) + Double(epsilon)).squareRoot()
          for place in scale.indices {
            output[start + place] = Float(Double(x[start + place]) / root * Double(scale[place]))
          }
        }
      }
    }
    return [result]
  }
}
