/// The K largest or smallest elements along an axis and where they are.
///
/// Inputs: x, any numeric type; k, one constant integer in `0...size`. Outputs: the elements in
/// order (x's type) and their places (Int64), both with size K on the axis. Of equal elements the
/// first comes first; a NaN counts as larger than every number.
package struct TopK: Operator, Hashable {
  package var axis: Int
  package var largest: Bool
  /// Whether the order matters; the output is in order either way.
  package var sorted: Bool

  package init(axis: Int, largest: Bool, sorted: Bool) {
    self.axis = axis
    self.largest = largest
    self.sorted = sorted
  }

  package var name: String { "TopK" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.type(0, "x")
    try x.elementType.requireArithmetic("x")
    let axis = try Axes.resolve(axis, rank: x.shape.count)
    let count = try inputs.integer(1, "k")
    guard (0...x.shape[axis]).contains(count) else {
      throw OperatorError.invalidAttribute("k", "\(count) is outside 0...\(x.shape[axis])")
    }
    var shape = x.shape
    shape[axis] = count
    return [try .output(x.elementType, shape), try .output(.int64, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let types = try outputTypes(of: inputs)
    let x = try required(inputs, 0)
    if x.elementType == .float32 { return try select(Float.self, x, types) }
    return try select(try x.elementType.arithmetic(), x, types)
  }

  private func select<T: ArithmeticElement>(
    _: T.Type, _ x: Tensor, _ types: [TensorType]
  ) throws -> [Tensor] {
    let axis = try Axes.resolve(axis, rank: x.shape.count)
    let source = AxisLines(x.shape, axis: axis)
    let target = AxisLines(types[0].shape, axis: axis)
    var places = try Tensor(zeros: .int64, shape: types[1].shape)
    let values = try Tensor(types[0].elementType, shape: types[0].shape, as: T.self) { values in
      try places.withUnsafeMutableBytes { bytes in
        let places = bytes.bindMemory(to: Int64.self)
        x.withElements(T.self) { x in
          if target.length == 0 { return }
          for line in 0..<source.count {
            let elements = source[line].map { x[$0] }
            let order = elements.indices.sorted { a, b in
              precedes(elements[a], elements[b]) ?? (a < b)
            }
            for (place, position) in zip(order, target[line]) {
              values[position] = elements[place]
              places[position] = Int64(place)
            }
          }
        }
      }
    }
    return [values, places]
  }

  /// `nil` for equals.
  private func precedes<T: ArithmeticElement>(_ a: T, _ b: T) -> Bool? {
    if a.isNotANumber || b.isNotANumber {
      if a.isNotANumber, b.isNotANumber { return nil }
      return a.isNotANumber == largest
    }
    if a == b { return nil }
    return largest ? a > b : a < b
  }
}
