/// A leaky rectifier with a learned slope: `x < 0 ? slope * x : x`.
///
/// Inputs: x, Float32 of any shape; slope, Float32, broadcast to x. Output: the shape of x.
package struct PRelu: Operator, Hashable {
  package init() {}

  package var name: String { "PRelu" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.floatType(0, "x")
    let slope = try inputs.floatType(1, "slope")
    try Broadcast.require(slope.shape, fits: x.shape, "slope")
    return [try .output(.float32, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    return [
      try Broadcast.map(try required(inputs, 0), try required(inputs, 1), type) {
        (x: Float, slope: Float) -> Float in x < 0 ? slope * x : x
      }
    ]
  }
}
