/// Where along an axis the largest or smallest element is.
///
/// Input: x, any numeric type, not empty along `axis`. Output: Int64, the axis of size 1 or gone.
/// A NaN counts as the extremum.
package struct ArgExtremum: Operator, Hashable {
  package enum Function: Hashable, Sendable { case maximum, minimum }

  package var function: Function
  package var axis: Int
  package var keepDimensions: Bool
  /// Of equal elements, the last instead of the first.
  package var selectLast: Bool

  package init(function: Function, axis: Int, keepDimensions: Bool, selectLast: Bool) {
    self.function = function
    self.axis = axis
    self.keepDimensions = keepDimensions
    self.selectLast = selectLast
  }

  package var name: String { function == .maximum ? "ArgMax" : "ArgMin" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    try x.elementType.requireArithmetic("x")
    let axis = try Axes.resolve(axis, rank: x.shape.count)
    guard x.shape[axis] > 0 else {
      throw OperatorError.invalidInput("axis \(axis) of \(x.shape) is empty")
    }
    var shape = x.shape
    if keepDimensions { shape[axis] = 1 } else { shape.remove(at: axis) }
    return [try .output(.int64, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    if x.elementType == .float32 { return [try search(Float.self, x, type)] }
    return [try search(try x.elementType.arithmetic(), x, type)]
  }

  private func search<T: ArithmeticElement>(
    _: T.Type, _ x: Tensor, _ type: TensorType
  ) throws -> Tensor {
    let lines = AxisLines(x.shape, axis: try Axes.resolve(axis, rank: x.shape.count))
    return try Tensor(.int64, shape: type.shape, as: Int64.self) { output in
      x.withElements(T.self) { x in
        for line in output.indices {
          var best: T?
          for (place, i) in lines[line].enumerated() where best.map({ wins(x[i], $0) }) ?? true {
            best = x[i]
            output[line] = Int64(place)
          }
        }
      }
    }
  }

  private func wins<T: ArithmeticElement>(_ new: T, _ best: T) -> Bool {
    if best.isNotANumber { return selectLast && new.isNotANumber }
    if new.isNotANumber { return true }
    if new == best { return selectLast }
    return function == .maximum ? new > best : new < best
  }
}
