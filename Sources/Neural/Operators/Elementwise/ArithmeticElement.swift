/// An element type with arithmetic that cannot trap: integers wrap around, division by zero is
/// checked beforehand.
protocol ArithmeticElement: Comparable, Sendable {
  func adding(_ other: Self) -> Self
  func subtracting(_ other: Self) -> Self
  func multiplied(by other: Self) -> Self
  /// Truncated for integers; the divisor is not zero there.
  func divided(by other: Self) -> Self
  /// The remainder with the dividend's sign (`truncated`, C's `%` and `fmod`) or the divisor's
  /// (Python's `%`).
  func remainder(by other: Self, truncated: Bool) -> Self
  func raised(to exponent: Self) -> Self
  var negated: Self { get }
  var absoluteValue: Self { get }
  var signum: Self { get }
  /// Whether this is a NaN.
  var isNotANumber: Bool { get }
  /// The value as a Float64, rounded where need be.
  var double: Double { get }
  /// The nearest representable value: integers saturate, NaN becomes 0 in them.
  init(saturating value: Double)
  static var zero: Self { get }
  static var one: Self { get }
  /// What a maximum over nothing is.
  static var lowest: Self { get }
  /// What a minimum over nothing is.
  static var highest: Self { get }
}

extension ArithmeticElement {
  /// The larger; NaN if either is NaN.
  func maximum(_ other: Self) -> Self {
    if isNotANumber { return self }
    return self > other ? self : other
  }

  /// The smaller; NaN if either is NaN.
  func minimum(_ other: Self) -> Self {
    if isNotANumber { return self }
    return self < other ? self : other
  }
}

extension ArithmeticElement where Self: FixedWidthInteger {
  func adding(_ other: Self) -> Self { self &+ other }
  func subtracting(_ other: Self) -> Self { self &- other }
  func multiplied(by other: Self) -> Self { self &* other }
  func divided(by other: Self) -> Self { dividedReportingOverflow(by: other).partialValue }

  func remainder(by other: Self, truncated: Bool) -> Self {
    let (remainder, overflow) = remainderReportingOverflow(dividingBy: other)
    if overflow { return 0 }
    let differ = remainder != 0 && (remainder < 0) != (other < 0)
    return !truncated && differ ? remainder &+ other : remainder
  }

  /// By squaring, wrapping around; a negative exponent gives the power rounded toward zero.
  func raised(to exponent: Self) -> Self {
    if exponent < 0 {
      if self == 1 { return 1 }
      if Self.isSigned, self == 0 &- 1 { return exponent & 1 == 0 ? 1 : self }
      return 0
    }
    var result: Self = 1
    var base = self
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = result &* base }
      base = base &* base
      rest >>= 1
    }
    return result
  }

  var negated: Self { 0 &- self }
  var absoluteValue: Self { self < 0 ? 0 &- self : self }
  var signum: Self { self > 0 ? 1 : self < 0 ? 0 &- 1 : 0 }
  var isNotANumber: Bool { false }
  var double: Double { Double(self) }

  init(saturating value: Double) {
    if value.isNaN {
      self = 0
    } else if let exact = Self(exactly: value.rounded(.towardZero)) {
      self = exact
    } else {
      self = value < 0 ? .min : .max
    }
  }

  static var one: Self { 1 }
  static var lowest: Self { .min }
  static var highest: Self { .max }
}

extension ArithmeticElement where Self: BinaryFloatingPoint {
  func adding(_ other: Self) -> Self { self + other }
  func subtracting(_ other: Self) -> Self { self - other }
  func multiplied(by other: Self) -> Self { self * other }
  func divided(by other: Self) -> Self { self / other }

  func remainder(by other: Self, truncated: Bool) -> Self {
    let remainder = truncatingRemainder(dividingBy: other)
    let differ = remainder != 0 && (remainder < 0) != (other < 0)
    return !truncated && differ ? remainder + other : remainder
  }

  func raised(to exponent: Self) -> Self {
    Self(ElementaryFunctions.power(Double(self), Double(exponent)))
  }

  var negated: Self { -self }
  var absoluteValue: Self { magnitude }
  var signum: Self { self > 0 ? 1 : self < 0 ? -1 : self }
  var isNotANumber: Bool { isNaN }
  var double: Double { Double(self) }
  init(saturating value: Double) { self.init(value) }
  static var one: Self { 1 }
  static var lowest: Self { -.infinity }
  static var highest: Self { .infinity }
}

extension Float: ArithmeticElement {}
extension Double: ArithmeticElement {}
extension Int8: ArithmeticElement {}
extension Int16: ArithmeticElement {}
extension Int32: ArithmeticElement {}
extension Int64: ArithmeticElement {}
extension UInt8: ArithmeticElement {}
extension UInt16: ArithmeticElement {}
extension UInt32: ArithmeticElement {}
extension UInt64: ArithmeticElement {}

extension ElementType {
  /// Whether elements are integers; bool is not.
  var isInteger: Bool {
    switch self {
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
    case .float32, .float64, .float16, .bfloat16, .bool: false
    }
  }

  /// The Swift type to compute in; bool is held as bytes 0 and 1.
  ///
  /// - Throws: `OperatorError.unsupported` for the 16-bit floating-point types.
  func arithmetic() throws -> any ArithmeticElement.Type {
    switch self {
    case .float32: Float.self
    case .float64: Double.self
    case .int8: Int8.self
    case .int16: Int16.self
    case .int32: Int32.self
    case .int64: Int64.self
    case .uint8, .bool: UInt8.self
    case .uint16: UInt16.self
    case .uint32: UInt32.self
    case .uint64: UInt64.self
    case .float16, .bfloat16:
      throw OperatorError.unsupported("arithmetic on \(self)")
    }
  }

  /// Refuses bool and the 16-bit floating-point types.
  func requireArithmetic(_ label: String) throws {
    guard self != .bool else {
      throw OperatorError.invalidInput("\(label) is bool, needs numbers")
    }
    _ = try arithmetic()
  }
}
