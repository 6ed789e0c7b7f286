/// Passes its input on.
package struct Identity: Operator, Hashable {
  package init() {}

  package var name: String { "Identity" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    return [try .output(x.elementType, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    _ = try outputTypes(of: inputs)
    return [try required(inputs, 0)]
  }
}
