/// Converts every element to another type.
///
/// Input: x of any type and shape. Output: type `to`, the same shape. Floating point to integer
/// truncates toward zero, saturates, and makes NaN 0; integer to integer keeps the low bits; to
/// bool is `x != 0`; to a narrower floating-point type rounds to nearest, ties to even.
package struct Cast: Operator, Hashable {
  package var to: ElementType

  package init(to: ElementType) {
    self.to = to
  }

  package var name: String { "Cast" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    return [try .output(to, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    _ = try outputTypes(of: inputs)
    let x = try required(inputs, 0)
    if x.elementType == to { return [x] }
    switch x.elementType {
    case .float32: return [try convert(x, Float.self) { Double($0) }]
    case .float64: return [try convert(x, Double.self) { $0 }]
    case .float16: return [try convert(x, UInt16.self) { Double(Float(halfBits: $0)) }]
    case .bfloat16:
      return [try convert(x, UInt16.self) { Double(Float(bitPattern: UInt32($0) << 16)) }]
    case .int8: return [try convert(x, Int8.self)]
    case .int16: return [try convert(x, Int16.self)]
    case .int32: return [try convert(x, Int32.self)]
    case .int64: return [try convert(x, Int64.self)]
    case .uint8, .bool: return [try convert(x, UInt8.self)]
    case .uint16: return [try convert(x, UInt16.self)]
    case .uint32: return [try convert(x, UInt32.self)]
    case .uint64: return [try convert(x, UInt64.self)]
    }
  }

  /// Floating-point elements, read exactly by `value`.
  private func convert<T>(_ x: Tensor, _: T.Type, _ value: (T) -> Double) throws -> Tensor {
    func map<R>(_ f: (Double) -> R) throws -> Tensor { try self.map(x) { (x: T) in f(value(x)) } }
    switch to {
    case .float32: return try map { Float($0) }
    case .float64: return try map { $0 }
    case .float16: return try map { $0.halfBits }
    case .bfloat16: return try map { $0.bfloat16Bits }
    case .int8: return try map { Int8(saturating: $0) }
    case .int16: return try map { Int16(saturating: $0) }
    case .int32: return try map { Int32(saturating: $0) }
    case .int64: return try map { Int64(saturating: $0) }
    case .uint8: return try map { UInt8(saturating: $0) }
    case .uint16: return try map { UInt16(saturating: $0) }
    case .uint32: return try map { UInt32(saturating: $0) }
    case .uint64: return try map { UInt64(saturating: $0) }
    case .bool: return try map { $0 != 0 ? UInt8(1) : 0 }
    }
  }

  private func convert<T: FixedWidthInteger>(_ x: Tensor, _: T.Type) throws -> Tensor {
    switch to {
    case .float32: return try map(x) { (x: T) in Float(x) }
    case .float64: return try map(x) { (x: T) in Double(x) }
    case .float16: return try map(x) { (x: T) in Double(x).halfBits }
    case .bfloat16: return try map(x) { (x: T) in Double(x).bfloat16Bits }
    case .int8: return try map(x) { (x: T) in Int8(truncatingIfNeeded: x) }
    case .int16: return try map(x) { (x: T) in Int16(truncatingIfNeeded: x) }
    case .int32: return try map(x) { (x: T) in Int32(truncatingIfNeeded: x) }
    case .int64: return try map(x) { (x: T) in Int64(truncatingIfNeeded: x) }
    case .uint8: return try map(x) { (x: T) in UInt8(truncatingIfNeeded: x) }
    case .uint16: return try map(x) { (x: T) in UInt16(truncatingIfNeeded: x) }
    case .uint32: return try map(x) { (x: T) in UInt32(truncatingIfNeeded: x) }
    case .uint64: return try map(x) { (x: T) in UInt64(truncatingIfNeeded: x) }
    case .bool: return try map(x) { (x: T) in x != 0 ? UInt8(1) : 0 }
    }
  }

  private func map<T, R>(_ x: Tensor, _ f: (T) -> R) throws -> Tensor {
    try Tensor(to, shape: x.shape, as: R.self) { output in
      x.withElements(T.self) { x in
        for i in x.indices { output[i] = f(x[i]) }
      }
    }
  }
}
