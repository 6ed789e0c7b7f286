/// Bounds every element: `min(max(x, lower), upper)`, so `upper` wins where bounds cross.
///
/// Inputs: x, any numeric type and shape; lower?, upper?, one element each of x's type.
/// NaN stays NaN. Output: the type and shape of x.
package struct Clip: Operator, Hashable {
  package init() {}

  package var name: String { "Clip" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 1...3)
    let x = try inputs.type(0, "x")
    try x.elementType.requireArithmetic("x")
    for (index, label) in [(1, "min"), (2, "max")] {
      guard let bound = inputs.optionalType(index) else { continue }
      try bound.requireSameType(as: x, label)
      guard bound.shape.allSatisfy({ $0 == 1 }) else {
        throw OperatorError.invalidInput("\(label) has shape \(bound.shape), needs one element")
      }
    }
    return [try .output(x.elementType, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let (lower, upper) = (optional(inputs, 1), optional(inputs, 2))
    if type.elementType == .float32 {
      return [try clip(Float.self, x, lower, upper)]
    }
    return [try clip(try type.elementType.arithmetic(), x, lower, upper)]
  }

  private func clip<T: ArithmeticElement>(
    _: T.Type, _ x: Tensor, _ lower: Tensor?, _ upper: Tensor?
  ) throws -> Tensor {
    let least = lower?.withElements(T.self) { $0[0] } ?? T.lowest
    let most = upper?.withElements(T.self) { $0[0] } ?? T.highest
    return try Tensor(x.elementType, shape: x.shape, as: T.self) { output in
      x.withElements(T.self) { x in
        for i in x.indices { output[i] = x[i].maximum(least).minimum(most) }
      }
    }
  }
}
