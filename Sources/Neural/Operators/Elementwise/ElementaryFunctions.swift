#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The C library's functions of Float64 under one name on every platform.
enum ElementaryFunctions {
  static func exponential(_ x: Double) -> Double { exp(x) }
  /// `exp(x) - 1`, exact near 0.
  static func exponentialMinusOne(_ x: Double) -> Double { expm1(x) }
  static func logarithm(_ x: Double) -> Double { log(x) }
  /// `log(1 + x)`, exact near 0.
  static func logarithmOnePlus(_ x: Double) -> Double { log1p(x) }
  static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
  static func errorFunction(_ x: Double) -> Double { erf(x) }
  static func sine(_ x: Double) -> Double { sin(x) }
  static func cosine(_ x: Double) -> Double { cos(x) }
  static func tangent(_ x: Double) -> Double { tan(x) }
  static func arcsine(_ x: Double) -> Double { asin(x) }
  static func arccosine(_ x: Double) -> Double { acos(x) }
  static func arctangent(_ x: Double) -> Double { atan(x) }
  static func hyperbolicSine(_ x: Double) -> Double { sinh(x) }
  static func hyperbolicCosine(_ x: Double) -> Double { cosh(x) }
  static func arcHyperbolicSine(_ x: Double) -> Double { asinh(x) }
  static func arcHyperbolicCosine(_ x: Double) -> Double { acosh(x) }
  static func arcHyperbolicTangent(_ x: Double) -> Double { atanh(x) }
  static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
}
