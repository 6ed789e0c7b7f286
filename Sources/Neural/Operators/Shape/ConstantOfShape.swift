/// A tensor filled with one value.
///
/// Input: shape, a constant integer vector. Output: the type of `value`.
package struct ConstantOfShape: Operator {
  /// One element.
  package var value: Tensor

  package init(value: Tensor) {
    self.value = value
  }

  package var name: String { "ConstantOfShape" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 1...1)
    guard value.count == 1 else {
      throw OperatorError.invalidAttribute("value", "\(value.count) elements, needs 1")
    }
    return [try .output(value.elementType, try inputs.integers(0, "shape"))]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let shape = try outputTypes(of: inputs)[0].shape
    return [
      try value.reshaped([]).strided(shape: shape, strides: shape.map { _ in 0 })
    ]
  }
}
