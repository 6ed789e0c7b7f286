/// Running sums or products along an axis.
///
/// Inputs: x, any numeric type; axis, one constant integer. Output: as x. Floating-point
/// numbers are accumulated in Float64; integers wrap around.
package struct CumulativeSum: Operator, Hashable {
  package enum Function: Hashable, Sendable { case sum, product }

  package var function: Function
  /// Whether an element's sum leaves the element itself out.
  package var exclusive: Bool
  /// Whether sums run from the end.
  package var reverse: Bool

  package init(function: Function = .sum, exclusive: Bool, reverse: Bool) {
    self.function = function
    self.exclusive = exclusive
    self.reverse = reverse
  }

  package var name: String { function == .sum ? "CumSum" : "CumProd" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.type(0, "x")
    try x.elementType.requireArithmetic("x")
    _ = try Axes.resolve(try inputs.integer(1, "axis"), rank: x.shape.count)
    return [try .output(x.elementType, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let given = try required(inputs, 1).integers().first ?? 0
    let lines = AxisLines(x.shape, axis: try Axes.resolve(given, rank: x.shape.count))
    if type.elementType == .float32 {
      return [
        try run(
          x, lines, function == .sum ? 0.0 : 1.0,
          add: { (sum: Double, x: Float) in function == .sum ? sum + Double(x) : sum * Double(x) },
          rounded: { Float($0) })
      ]
    }
    return [try integers(try type.elementType.arithmetic(), x, lines)]
  }

  private func integers<T: ArithmeticElement>(
    _: T.Type, _ x: Tensor, _ lines: AxisLines
  ) throws -> Tensor {
    try run(
      x, lines, function == .sum ? T.zero : T.one,
      add: { (sum: T, x: T) in function == .sum ? sum.adding(x) : sum.multiplied(by: x) },
      rounded: { $0 })
  }

  private func run<T, Sum>(
    _ x: Tensor, _ lines: AxisLines, _ zero: Sum, add: (Sum, T) -> Sum, rounded: (Sum) -> T
  ) throws -> Tensor {
    try Tensor(x.elementType, shape: x.shape, as: T.self) { output in
      x.withElements(T.self) { x in
        for line in lines {
          var sum = zero
          for i in reverse ? Array(line.reversed()) : Array(line) {
            let next = add(sum, x[i])
            output[i] = rounded(exclusive ? sum : next)
            sum = next
          }
        }
      }
    }
  }
}
