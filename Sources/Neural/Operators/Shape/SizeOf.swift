/// The number of a tensor's elements, as an Int64 scalar.
package struct SizeOf: Operator, Hashable {
  package init() {}

  package var name: String { "Size" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    _ = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    return [try .output(.int64, [])]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    [try Tensor([try required(inputs, 0).count], shape: [])]
  }
}
