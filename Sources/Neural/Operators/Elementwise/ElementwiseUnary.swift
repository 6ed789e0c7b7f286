/// A mathematical function of every element.
///
/// Input: x. Output: the shape of x; its type, but bool from `isNaN` and the infinities.
/// `absolute`, `negate` and `sign` take any numeric type (integers wrap around), `not` takes bool,
/// `bitwiseNot` integers, the others Float32.
package struct ElementwiseUnary: Operator, Hashable {
  package enum Function: Hashable, Sendable, CaseIterable {
    case absolute, negate, exponential, logarithm, squareRoot, reciprocal
    /// `round` goes to the nearest integer, halves to the even one.
    case floor, ceiling, round, sign, erf
    case sine, cosine, tangent, arcsine, arccosine, arctangent, hyperbolicSine, hyperbolicCosine
    case arcHyperbolicSine, arcHyperbolicCosine, arcHyperbolicTangent
    case not, isNaN, isInfinity, isPositiveInfinity, isNegativeInfinity, bitwiseNot
  }

  package var function: Function

  package init(function: Function) {
    self.function = function
  }

  package var name: String {
    switch function {
    case .absolute: "Abs"
    case .negate: "Neg"
    case .exponential: "Exp"
    case .logarithm: "Log"
    case .squareRoot: "Sqrt"
    case .reciprocal: "Reciprocal"
    case .floor: "Floor"
    case .ceiling: "Ceil"
    case .round: "Round"
    case .sign: "Sign"
    case .erf: "Erf"
    case .sine: "Sin"
    case .cosine: "Cos"
    case .tangent: "Tan"
    case .arcsine: "Asin"
    case .arccosine: "Acos"
    case .arctangent: "Atan"
    case .hyperbolicSine: "Sinh"
    case .hyperbolicCosine: "Cosh"
    case .not: "Not"
    case .isNaN: "IsNaN"
    case .isInfinity, .isPositiveInfinity, .isNegativeInfinity: "IsInf"
    case .arcHyperbolicSine: "Asinh"
    case .arcHyperbolicCosine: "Acosh"
    case .arcHyperbolicTangent: "Atanh"
    case .bitwiseNot: "BitwiseNot"
    }
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    switch function {
    case .absolute, .negate, .sign:
      try x.elementType.requireArithmetic("x")
    case .not:
      guard x.elementType == .bool else {
        throw OperatorError.invalidInput("x is \(x.elementType), needs bool")
      }
    case .bitwiseNot:
      guard x.elementType.isInteger else {
        throw OperatorError.invalidInput("x is \(x.elementType), needs an integer type")
      }
    case .isNaN, .isInfinity, .isPositiveInfinity, .isNegativeInfinity:
      try x.requireFloat("x")
      return [try .output(.bool, x.shape)]
    default:
      try x.requireFloat("x")
    }
    return [try .output(x.elementType, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    switch function {
    case .absolute, .negate, .sign:
      if type.elementType == .float32 { return [try signed(Float.self, x)] }
      return [try signed(try type.elementType.arithmetic(), x)]
    case .not: return [try map(x, type) { (x: UInt8) -> UInt8 in x == 0 ? 1 : 0 }]
    case .bitwiseNot:
      var output = x
      try output.withUnsafeMutableBytes { bytes in
        for i in bytes.indices { bytes[i] = ~bytes[i] }
      }
      return [output]
    case .isNaN: return [try map(x, type) { (x: Float) -> UInt8 in x.isNaN ? 1 : 0 }]
    case .isInfinity: return [try map(x, type) { (x: Float) -> UInt8 in x.isInfinite ? 1 : 0 }]
    case .isPositiveInfinity:
      return [try map(x, type) { (x: Float) -> UInt8 in x == .infinity ? 1 : 0 }]
    case .isNegativeInfinity:
      return [try map(x, type) { (x: Float) -> UInt8 in x == -.infinity ? 1 : 0 }]
    default: return [try map(x, type) { (x: Float) -> Float in value(x) }]
    }
  }

  private func signed<T: ArithmeticElement>(_: T.Type, _ x: Tensor) throws -> Tensor {
    let type = TensorType(x.elementType, x.shape)
    switch function {
    case .absolute: return try map(x, type) { (x: T) -> T in x.absoluteValue }
    case .negate: return try map(x, type) { (x: T) -> T in x.negated }
    default: return try map(x, type) { (x: T) -> T in x.signum }
    }
  }

  private func map<T, R>(_ x: Tensor, _ type: TensorType, _ f: (T) -> R) throws -> Tensor {
    try Tensor(type.elementType, shape: type.shape, as: R.self) { output in
      x.withElements(T.self) { x in
        for i in x.indices { output[i] = f(x[i]) }
      }
    }
  }

  private func value(_ x: Float) -> Float {
    switch function {
    case .squareRoot: return x.squareRoot()
    case .reciprocal: return 1 / x
    case .floor: return x.rounded(.down)
    case .ceiling: return x.rounded(.up)
    case .round: return x.rounded(.toNearestOrEven)
    default: return Float(transcendental(Double(x)))
    }
  }

  private func transcendental(_ x: Double) -> Double {
    switch function {
    case .exponential: ElementaryFunctions.exponential(x)
    case .logarithm: ElementaryFunctions.logarithm(x)
    case .erf: ElementaryFunctions.errorFunction(x)
    case .sine: ElementaryFunctions.sine(x)
    case .cosine: ElementaryFunctions.cosine(x)
    case .tangent: ElementaryFunctions.tangent(x)
    case .arcsine: ElementaryFunctions.arcsine(x)
    case .arccosine: ElementaryFunctions.arccosine(x)
    case .arctangent: ElementaryFunctions.arctangent(x)
    case .hyperbolicSine: ElementaryFunctions.hyperbolicSine(x)
    case .hyperbolicCosine: ElementaryFunctions.hyperbolicCosine(x)
    case .arcHyperbolicSine: ElementaryFunctions.arcHyperbolicSine(x)
    case .arcHyperbolicCosine: ElementaryFunctions.arcHyperbolicCosine(x)
    case .arcHyperbolicTangent: ElementaryFunctions.arcHyperbolicTangent(x)
    default: x
    }
  }
}
