/// The numbers `start + i * delta` from `start` up to, not including, `limit`.
///
/// Inputs: start, limit, delta, constants of one element and one numeric type.
/// Output: a vector of `max(0, ceil((limit - start) / delta))` elements.
package struct Range: Operator, Hashable {
  package init() {}

  package var name: String { "Range" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let start = try inputs.type(0, "start")
    try start.elementType.requireArithmetic("start")
    var values: [Tensor] = []
    for (index, label) in ["start", "limit", "delta"].enumerated() {
      try inputs.type(index, label).requireSameType(as: start, label)
      let value = try inputs.constant(index, label)
      guard value.count == 1 else {
        throw OperatorError.invalidInput("\(label) has \(value.count) elements, needs 1")
      }
      values.append(value)
    }
    let count =
      start.elementType.isInteger
      ? try Self.count(try values.map { try $0.integers()[0] })
      : try Self.count(
        values.map { value in
          value.elementType == .float64
            ? value.elements(Double.self)[0] : Double(value.floats()[0])
        })
    return [try .output(start.elementType, [count])]
  }

  private static func count(_ values: [Int]) throws -> Int {
    let (start, limit, delta) = (values[0], values[1], values[2])
    guard delta != 0 else { throw OperatorError.invalidAttribute("delta", "0") }
    let (distance, overflow) = limit.subtractingReportingOverflow(start)
    guard !overflow, distance != Int.min, delta != Int.min else {
      throw OperatorError.invalidInput("range from \(start) to \(limit) overflows")
    }
    guard distance != 0, (distance > 0) == (delta > 0) else { return 0 }
    return (abs(distance) - 1) / abs(delta) + 1
  }

  private static func count(_ values: [Double]) throws -> Int {
    let (start, limit, delta) = (values[0], values[1], values[2])
    guard delta != 0 else { throw OperatorError.invalidAttribute("delta", "0") }
    let steps = ((limit - start) / delta).rounded(.up)
    guard steps.isFinite, steps < 0x1p40 else {
      throw OperatorError.invalidInput("range from \(start) to \(limit) by \(delta)")
    }
    return max(Int(steps), 0)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    // The two that files have are compiled for their type: a range may have millions of elements.
    switch type.elementType {
    case .int64: return [try fill(Int64.self, inputs, type)]
    case .float32: return [try fill(Float.self, inputs, type)]
    default: return [try fill(try type.elementType.arithmetic(), inputs, type)]
    }
  }

  private func fill<T: ArithmeticElement>(
    _: T.Type, _ inputs: [Tensor?], _ type: TensorType
  ) throws -> Tensor {
    let start = try required(inputs, 0).withElements(T.self) { $0[0] }
    let delta = try required(inputs, 2).withElements(T.self) { $0[0] }
    return try Tensor(type.elementType, shape: type.shape, as: T.self) { output in
      for i in output.indices {
        output[i] = start.adding(delta.multiplied(by: T(saturating: Double(i))))
      }
    }
  }
}
