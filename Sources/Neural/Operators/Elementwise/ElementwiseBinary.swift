/// A function of two elements, the operands broadcast to their common shape.
///
/// Inputs: a, b of one type (`power` takes an exponent of another numeric type too). Output: that
/// type, but bool from comparisons. Arithmetic and order need numbers, `and`, `or`, `xor` bool, the
/// bitwise functions integers; `equal` takes both. Integers wrap around; integer division
/// truncates, and by zero is refused.
package struct ElementwiseBinary: Operator, Hashable {
  package enum Function: Hashable, Sendable {
    case add, subtract, multiply, divide, power, maximum, minimum
    /// The remainder has the dividend's sign when `truncated` (C's `%`, `fmod`), else the
    /// divisor's (Python's `%`).
    case modulo(truncated: Bool)
    case and, or, xor
    case equal, less, greater, lessOrEqual, greaterOrEqual
    case bitwiseAnd, bitwiseOr, bitwiseXor
    /// a moved by b bits; signed numbers keep their sign when moved right.
    case shiftLeft, shiftRight
  }

  package var function: Function

  package init(function: Function) {
    self.function = function
  }

  package var name: String {
    switch function {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .power: "Pow"
    case .maximum: "Max"
    case .minimum: "Min"
    case .modulo: "Mod"
    case .and: "And"
    case .or: "Or"
    case .xor: "Xor"
    case .equal: "Equal"
    case .less: "Less"
    case .greater: "Greater"
    case .lessOrEqual: "LessOrEqual"
    case .greaterOrEqual: "GreaterOrEqual"
    case .bitwiseAnd: "BitwiseAnd"
    case .bitwiseOr: "BitwiseOr"
    case .bitwiseXor: "BitwiseXor"
    case .shiftLeft, .shiftRight: "BitShift"
    }
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let a = try inputs.type(0, "a")
    let b = try inputs.type(1, "b")
    if function == .power {
      try b.elementType.requireArithmetic("b")
    } else {
      try b.requireSameType(as: a, "b")
    }
    var resultType = a.elementType
    switch function {
    case .and, .or, .xor:
      guard a.elementType == .bool else {
        throw OperatorError.invalidInput("a is \(a.elementType), needs bool")
      }
    case .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight:
      guard a.elementType.isInteger else {
        throw OperatorError.invalidInput("a is \(a.elementType), needs an integer type")
      }
    case .equal:
      _ = try a.elementType.arithmetic()
      resultType = .bool
    case .less, .greater, .lessOrEqual, .greaterOrEqual:
      try a.elementType.requireArithmetic("a")
      resultType = .bool
    default: try a.elementType.requireArithmetic("a")
    }
    return [try .output(resultType, try Broadcast.shape([a.shape, b.shape]))]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (a, b) = (try required(inputs, 0), try required(inputs, 1))
    if function == .power, a.elementType != b.elementType {
      return [try mixedPower(a, b, type)]
    }
    switch function {
    case .and, .bitwiseAnd: return [try bitwise(a, b, type, &)]
    case .or, .bitwiseOr: return [try bitwise(a, b, type, |)]
    case .xor, .bitwiseXor: return [try bitwise(a, b, type, ^)]
    case .shiftLeft, .shiftRight: return [try shift(a, b, type)]
    case .divide, .modulo:
      if a.elementType.isInteger, try b.integers().contains(0) {
        throw OperatorError.invalidInput("integer division by zero")
      }
    default: break
    }
    switch a.elementType {
    case .float32: return [try compute(Float.self, a, b, type)]
    case .int64: return [try compute(Int64.self, a, b, type)]
    default: return [try compute(try a.elementType.arithmetic(), a, b, type)]
    }
  }

  private func compute<T: ArithmeticElement>(
    _: T.Type, _ a: Tensor, _ b: Tensor, _ type: TensorType
  ) throws -> Tensor {
    func map(_ f: (T, T) -> T) throws -> Tensor { try Broadcast.map(a, b, type, f) }
    func compare(_ f: (T, T) -> Bool) throws -> Tensor {
      try Broadcast.map(a, b, type) { (x: T, y: T) -> UInt8 in f(x, y) ? 1 : 0 }
    }
    switch function {
    case .add: return try map { $0.adding($1) }
    case .subtract: return try map { $0.subtracting($1) }
    case .multiply: return try map { $0.multiplied(by: $1) }
    case .divide: return try map { $0.divided(by: $1) }
    case .power: return try map { $0.raised(to: $1) }
    case .maximum: return try map { $0.maximum($1) }
    case .minimum: return try map { $0.minimum($1) }
    case .modulo(let truncated): return try map { $0.remainder(by: $1, truncated: truncated) }
    case .equal: return try compare { $0 == $1 }
    case .less: return try compare { $0 < $1 }
    case .greater: return try compare { $0 > $1 }
    case .lessOrEqual: return try compare { $0 <= $1 }
    case .greaterOrEqual: return try compare { $0 >= $1 }
    case .and, .or, .xor, .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight:
      throw OperatorError.unsupported(name)
    }
  }

  private func bitwise(
    _ a: Tensor, _ b: Tensor, _ type: TensorType, _ f: (UInt64, UInt64) -> UInt64
  ) throws -> Tensor {
    func map<T: FixedWidthInteger>(_: T.Type) throws -> Tensor {
      try Broadcast.map(a, b, type) { (x: T, y: T) -> T in
        T(truncatingIfNeeded: f(UInt64(truncatingIfNeeded: x), UInt64(truncatingIfNeeded: y)))
      }
    }
    switch type.elementType.byteCount {
    case 1: return try map(UInt8.self)
    case 2: return try map(UInt16.self)
    case 4: return try map(UInt32.self)
    default: return try map(UInt64.self)
    }
  }

  private func shift(_ a: Tensor, _ b: Tensor, _ type: TensorType) throws -> Tensor {
    func map<T: FixedWidthInteger>(_: T.Type) throws -> Tensor {
      try Broadcast.map(a, b, type) { (x: T, y: T) -> T in
        // A negative count is one beyond all bits.
        let count = y < 0 ? T.max : y
        return function == .shiftLeft ? x << count : x >> count
      }
    }
    switch type.elementType {
    case .int8: return try map(Int8.self)
    case .int16: return try map(Int16.self)
    case .int32: return try map(Int32.self)
    case .int64: return try map(Int64.self)
    case .uint8: return try map(UInt8.self)
    case .uint16: return try map(UInt16.self)
    case .uint32: return try map(UInt32.self)
    default: return try map(UInt64.self)
    }
  }

  /// Powers whose exponent has another type: through Float64, saturating for integer bases.
  private func mixedPower(_ a: Tensor, _ b: Tensor, _ type: TensorType) throws -> Tensor {
    func compute<A: ArithmeticElement, B: ArithmeticElement>(
      _: A.Type, _: B.Type
    ) throws -> Tensor {
      try Broadcast.map(a, b, type) { (x: A, y: B) -> A in
        A(saturating: ElementaryFunctions.power(x.double, y.double))
      }
    }
    return try compute(try a.elementType.arithmetic(), try b.elementType.arithmetic())
  }
}
