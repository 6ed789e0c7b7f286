/// Repeats a tensor to the common shape of it and `shape` (broadcasting both ways).
///
/// Inputs: x; shape, a constant integer vector.
package struct Expand: Operator, Hashable {
  package init() {}

  package var name: String { "Expand" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.type(0, "x")
    let shape = try inputs.integers(1, "shape")
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw OperatorError.invalidAttribute("shape", "negative size in \(shape.prefix(8))")
    }
    return [try .output(x.elementType, try Broadcast.shape([x.shape, shape]))]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    return [
      try x.strided(
        shape: type.shape, strides: Broadcast.strides(of: x.shape, over: type.shape))
    ]
  }
}
