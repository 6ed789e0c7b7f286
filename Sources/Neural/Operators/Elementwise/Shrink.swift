/// `x + bias` below `-threshold`, `x - bias` above `threshold`, 0 between.
///
/// Input: x, any numeric type. Output: as x; computed in Float64, integers saturate.
package struct Shrink: Operator, Hashable {
  package var threshold: Float
  package var bias: Float

  package init(threshold: Float, bias: Float) {
    self.threshold = threshold
    self.bias = bias
  }

  package var name: String { "Shrink" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    try x.elementType.requireArithmetic("x")
    return [try .output(x.elementType, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    return [try shrink(try type.elementType.arithmetic(), try required(inputs, 0))]
  }

  private func shrink<T: ArithmeticElement>(_: T.Type, _ x: Tensor) throws -> Tensor {
    let (limit, bias) = (Double(threshold), Double(bias))
    return try Tensor(x.elementType, shape: x.shape, as: T.self) { output in
      x.withElements(T.self) { x in
        for i in x.indices {
          let value = x[i].double
          output[i] =
            value < -limit
            ? T(saturating: value + bias) : value > limit ? T(saturating: value - bias) : .zero
        }
      }
    }
  }
}
