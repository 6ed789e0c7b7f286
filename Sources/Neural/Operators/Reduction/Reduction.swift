/// Joins the elements along some axes into one.
///
/// Inputs: x, any numeric type (bool too for maximum and minimum); axes?, a constant integer
/// vector: all without it or where it is empty, unless `emptyAxesIsIdentity`, when x passes
/// (through the function's element step). Output: x's type, the axes of size 1 or gone.
/// Floating-point sums run in Float64; integers wrap around. Over nothing, sums are 0, products 1,
/// and extrema the type's far end.
package struct Reduction: Operator, Hashable {
  package enum Function: Hashable, Sendable, CaseIterable {
    case sum, mean, maximum, minimum, product
    /// Sum of magnitudes, root of the sum of squares.
    case l1, l2
    case logSum, logSumExp, sumSquare
  }

  package var function: Function
  package var keepDimensions: Bool
  package var emptyAxesIsIdentity: Bool

  package init(
    function: Function, keepDimensions: Bool = true, emptyAxesIsIdentity: Bool = false
  ) {
    self.function = function
    self.keepDimensions = keepDimensions
    self.emptyAxesIsIdentity = emptyAxesIsIdentity
  }

  package var name: String {
    switch function {
    case .sum: "ReduceSum"
    case .mean: "ReduceMean"
    case .maximum: "ReduceMax"
    case .minimum: "ReduceMin"
    case .product: "ReduceProd"
    case .l1: "ReduceL1"
    case .l2: "ReduceL2"
    case .logSum: "ReduceLogSum"
    case .logSumExp: "ReduceLogSumExp"
    case .sumSquare: "ReduceSumSquare"
    }
  }

  /// The axes joined, ascending, for an input of `rank` axes.
  ///
  /// - Parameter axes: The axes input's elements, `nil` when absent.
  package func resolvedAxes(_ axes: [Int]?, rank: Int) throws -> [Int] {
    guard let axes, !axes.isEmpty else { return emptyAxesIsIdentity ? [] : Array(0..<rank) }
    return try Axes.resolve(axes, rank: rank).sorted()
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 1...2)
    let x = try inputs.type(0, "x")
    if function == .maximum || function == .minimum {
      _ = try x.elementType.arithmetic()
    } else {
      try x.elementType.requireArithmetic("x")
    }
    let axes = Set(
      try resolvedAxes(try inputs.optionalIntegers(1, "axes"), rank: x.shape.count))
    let shape = x.shape.indices.compactMap { axis in
      axes.contains(axis) ? (keepDimensions ? 1 : nil) : x.shape[axis]
    }
    return [try .output(x.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let given = try optional(inputs, 1)?.integers()
    let axes = try resolvedAxes(given, rank: x.shape.count)
    let kept = x.shape.indices.filter { !axes.contains($0) }
    let runs = try x.transposed(kept + axes)
    let runCount = axes.reduce(1) { $0 * x.shape[$1] }
    if type.elementType == .float32 { return [try reduce(Float.self, runs, runCount, type)] }
    return [try reduce(try type.elementType.arithmetic(), runs, runCount, type)]
  }

  private func reduce<T: ArithmeticElement>(
    _: T.Type, _ x: Tensor, _ runCount: Int, _ type: TensorType
  ) throws -> Tensor {
    try Tensor(type.elementType, shape: type.shape, as: T.self) { output in
      x.withElements(T.self) { x in
        for run in output.indices {
          let elements = UnsafeBufferPointer(
            rebasing: x[run * runCount..<(run + 1) * runCount])
          output[run] = type.elementType.isInteger ? wrapping(elements) : value(elements)
        }
      }
    }
  }

  /// Exact for integers where the function is one of sums and products.
  private func wrapping<T: ArithmeticElement>(_ elements: UnsafeBufferPointer<T>) -> T {
    switch function {
    case .sum: elements.reduce(T.zero) { $0.adding($1) }
    case .mean:
      elements.isEmpty
        ? T.zero
        : elements.reduce(T.zero) { $0.adding($1) }.divided(
          by: T(saturating: Double(elements.count)).maximum(.one))
    case .product: elements.reduce(T.one) { $0.multiplied(by: $1) }
    case .l1: elements.reduce(T.zero) { $0.adding($1.absoluteValue) }
    case .sumSquare: elements.reduce(T.zero) { $0.adding($1.multiplied(by: $1)) }
    case .maximum, .minimum, .l2, .logSum, .logSumExp: value(elements)
    }
  }

  private func value<T: ArithmeticElement>(_ elements: UnsafeBufferPointer<T>) -> T {
    switch function {
    case .maximum: elements.reduce(T.lowest) { $0.maximum($1) }
    case .minimum: elements.reduce(T.highest) { $0.minimum($1) }
    case .sum: T(saturating: sum(elements) { $0 })
    case .mean: T(saturating: sum(elements) { $0 } / Double(elements.count))
    case .product: T(saturating: elements.reduce(1.0) { $0 * $1.double })
    case .l1: T(saturating: sum(elements) { abs($0) })
    case .l2: T(saturating: sum(elements) { $0 * $0 }.squareRoot())
    case .sumSquare: T(saturating: sum(elements) { $0 * $0 })
    case .logSum: T(saturating: ElementaryFunctions.logarithm(sum(elements) { $0 }))
    case .logSumExp: T(saturating: logSumExp(elements))
    }
  }

  private func sum<T: ArithmeticElement>(
    _ elements: UnsafeBufferPointer<T>, _ f: (Double) -> Double
  ) -> Double {
    elements.reduce(0.0) { $0 + f($1.double) }
  }

  /// Relative to the largest element, so that nothing overflows.
  private func logSumExp<T: ArithmeticElement>(_ elements: UnsafeBufferPointer<T>) -> Double {
    let largest = elements.reduce(-Double.infinity) { $0.maximum($1.double) }
    guard largest.isFinite else { return largest }
    return largest
      + ElementaryFunctions.logarithm(
        sum(elements) { ElementaryFunctions.exponential($0 - largest) })
  }
}
