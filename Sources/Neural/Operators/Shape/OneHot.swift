/// A vector per index that is `on` at the index's place and `off` elsewhere.
///
/// Inputs: indices, any numeric type (fractions are cut), negative from the end; depth, one constant
/// integer; values, `[off, on]` of any type. Output: the type of values, the shape of indices with
/// an axis of size depth inserted at `axis`. An index outside `-depth..<depth` is nowhere `on`.
package struct OneHot: Operator, Hashable {
  /// In `-rank-1...rank` of indices.
  package var axis: Int

  package init(axis: Int) {
    self.axis = axis
  }

  package var name: String { "OneHot" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let indices = try inputs.type(0, "indices")
    try indices.elementType.requireArithmetic("indices")
    let axis = try Axes.resolve(axis, rank: indices.shape.count + 1)
    let depth = try Self.depth(try inputs.constant(1, "depth"))
    let values = try inputs.type(2, "values")
    try values.requireShape([2], "values")
    var shape = indices.shape
    shape.insert(depth, at: axis)
    return [try .output(values.elementType, shape)]
  }

  private static func depth(_ tensor: Tensor) throws -> Int {
    guard tensor.count == 1, tensor.elementType != .bool else {
      throw OperatorError.invalidInput("depth has \(tensor.count) elements, needs 1 number")
    }
    let depth =
      tensor.elementType.isInteger
      ? try tensor.integers()[0] : Int(Int64(saturating: Double(tensor.floats()[0])))
    guard depth >= 1 else { throw OperatorError.invalidAttribute("depth", "\(depth)") }
    return depth
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let indices = try required(inputs, 0)
    let places =
      indices.elementType.isInteger
      ? try indices.integers()
      : indices.floats().map { Int(Int64(saturating: Double($0))) }
    let values = try required(inputs, 2)
    switch type.elementType.byteCount {
    case 1: return [try fill(UInt8.self, places, values, type)]
    case 2: return [try fill(UInt16.self, places, values, type)]
    case 4: return [try fill(UInt32.self, places, values, type)]
    default: return [try fill(UInt64.self, places, values, type)]
    }
  }

  private func fill<T>(
    _: T.Type, _ places: [Int], _ values: Tensor, _ type: TensorType
  ) throws -> Tensor {
    let lines = AxisLines(type.shape, axis: try Axes.resolve(axis, rank: type.shape.count))
    let (off, on) = values.withElements(T.self) { ($0[0], $0[1]) }
    return try Tensor(type.elementType, shape: type.shape, as: T.self) { output in
      for line in places.indices {
        let wanted = places[line] < 0 ? places[line] + lines.length : places[line]
        for (place, position) in lines[line].enumerated() {
          output[position] = place == wanted ? on : off
        }
      }
    }
  }
}
