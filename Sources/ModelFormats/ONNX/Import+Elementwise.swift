internal import Neural

extension OperatorTable {
  static let elementwiseUnary: [String: OperatorImport] = [
    "Abs": unary(.absolute), "Neg": unary(.negate), "Exp": unary(.exponential),
    "Log": unary(.logarithm), "Sqrt": unary(.squareRoot), "Reciprocal": unary(.reciprocal),
    "Floor": unary(.floor), "Ceil": unary(.ceiling), "Round": unary(.round),
    "Sign": unary(.sign), "Erf": unary(.erf), "Sin": unary(.sine), "Cos": unary(.cosine),
    "Tan": unary(.tangent), "Asin": unary(.arcsine), "Acos": unary(.arccosine),
    "Atan": unary(.arctangent), "Sinh": unary(.hyperbolicSine),
    "Cosh": unary(.hyperbolicCosine), "Not": unary(.not), "IsNaN": unary(.isNaN),
    "BitwiseNot": unary(.bitwiseNot),
    "Asinh": unary(.arcHyperbolicSine), "Acosh": unary(.arcHyperbolicCosine),
    "Atanh": unary(.arcHyperbolicTangent),
    "Shrink": OperatorImport(1...1) { node in
      node.define(
        Shrink(
          threshold: try node.float("lambd", default: 0.5),
          bias: try node.float("bias", default: 0)))
    },
    "BitCast": OperatorImport(1...1) { node in
      guard let code = try node.attributes.integer("to") else {
        throw AttributeError("attribute to is missing")
      }
      guard let type = ONNXElementType.elementType(code), type.promoted == type else {
        throw UnsupportedUse("a cast to \(ONNXElementType.name(code))")
      }
      node.define(BitCast(to: type))
    },
    "IsInf": OperatorImport(1...1) { node in
      let positive = try node.flag("detect_positive", default: true)
      let negative = try node.flag("detect_negative", default: true)
      guard positive || negative else { throw UnsupportedUse("infinities of no sign") }
      node.define(
        ElementwiseUnary(
          function: !negative ? .isPositiveInfinity : positive ? .isInfinity : .isNegativeInfinity))
    },
    "Cast": OperatorImport(1...1) { node in
      // Say how out-of-range values become 8-bit floats, which this toolkit lacks.
      node.attributes.ignore("saturate", "round_mode")
      let code: Int?
      if node.version < 6 {
        code = try node.attributes.string("to").flatMap(ONNXElementType.code(named:))
      } else {
        code = try node.attributes.integer("to")
      }
      guard let code else { throw AttributeError("attribute to is missing or unknown") }
      guard let type = ONNXElementType.elementType(code) else {
        throw UnsupportedUse("a cast to \(ONNXElementType.name(code))")
      }
      node.define(Cast(to: type.promoted))
    },
    "CastLike": OperatorImport(2...2) { node in
      node.attributes.ignore("saturate", "round_mode")
      node.define(CastLike())
    },
    "Identity": .plain(1...1, Identity()),
    "Dropout": OperatorImport(1...3, outputs: 2) { node in
      node.attributes.ignore("seed")
      if node.version < 12 { node.attributes.ignore("ratio") }
      if node.version < 7 { node.attributes.ignore("is_test") }
      if node.version < 6 { node.attributes.ignore("consumed_inputs") }
      // Training is known to be off, or the operator looks at run time.
      if node.optionalInput(2) != nil {
        let isOff = try node.constant(2)?.integers().allSatisfy { $0 == 0 } ?? false
        guard isOff else { return node.define(Dropout()) }
      }
      let input = try node.input(0)
      node.define(Identity(), [input], output: 0)
      guard node.outputs.count > 1 else { return }
      // The mask of an inference: everything is kept.
      let shape = node.intermediate(ShapeOf(), [input])
      let value = try Tensor(zeros: .bool, shape: [1])
      let none = node.intermediate(ConstantOfShape(value: value), [shape])
      node.define(ElementwiseUnary(function: .not), [none], output: 1)
    },
  ]

  static let elementwiseBinary: [String: OperatorImport] = [
    "Add": binary(.add), "Sub": binary(.subtract), "Mul": binary(.multiply),
    "Div": binary(.divide), "Pow": binary(.power), "And": binary(.and), "Or": binary(.or),
    "Xor": binary(.xor), "Equal": binary(.equal), "Less": binary(.less),
    "Greater": binary(.greater), "LessOrEqual": binary(.lessOrEqual),
    "GreaterOrEqual": binary(.greaterOrEqual), "BitwiseAnd": binary(.bitwiseAnd),
    "BitwiseOr": binary(.bitwiseOr), "BitwiseXor": binary(.bitwiseXor),
    "Mod": OperatorImport(2...2) { node in
      node.define(ElementwiseBinary(function: .modulo(truncated: try node.flag("fmod"))))
    },
    "BitShift": OperatorImport(2...2) { node in
      let function: ElementwiseBinary.Function = try node.choice(
        "direction", default: "", ["LEFT": .shiftLeft, "RIGHT": .shiftRight])
      node.define(ElementwiseBinary(function: function))
    },
    "Max": chain(.maximum), "Min": chain(.minimum), "Sum": chain(.add),
    "Mean": OperatorImport(OperatorImport.many) { node in
      if node.version < 6 { node.attributes.ignore("consumed_inputs") }
      var total = try node.input(0)
      for index in node.inputs.indices.dropFirst() {
        total = node.intermediate(
          ElementwiseBinary(function: .add), [total, try node.input(index)])
      }
      let count = try node.scalar(Float(node.inputs.count))
      node.define(ElementwiseBinary(function: .divide), [total, count])
    },
    "Where": .plain(3...3, Where()),
  ]

  private static func unary(_ function: ElementwiseUnary.Function) -> OperatorImport {
    OperatorImport(1...1) { node in
      if node.version < 6 { node.attributes.ignore("consumed_inputs") }
      node.define(ElementwiseUnary(function: function))
    }
  }

  private static func binary(_ function: ElementwiseBinary.Function) -> OperatorImport {
    OperatorImport(2...2) { node in
      let first = try node.input(0)
      var second = try node.input(1)
      if node.version < 7 { second = try alignedForBroadcast(node) }
      node.define(ElementwiseBinary(function: function), [first, second])
    }
  }

  /// The second input with axes added behind, so that today's broadcasting does what operator sets
  /// before 7 did: match the second shape to the first from axis `axis` on.
  private static func alignedForBroadcast(_ node: NodeImport) throws -> Graph.ValueID {
    if node.version < 6 { node.attributes.ignore("consumed_inputs") }
    let second = try node.input(1)
    let broadcasts = try node.flag("broadcast")
    guard let axis = try node.attributes.integer("axis"), broadcasts else { return second }
    guard let rank = node.rank(try node.input(0)), let secondRank = node.rank(second) else {
      throw UnsupportedUse("broadcasting from an axis of a value of unknown rank")
    }
    let start = axis < 0 ? axis + rank : axis
    let added = rank - start - secondRank
    guard (0...rank).contains(start), added >= 0 else {
      throw AttributeError("attribute axis is \(axis), shapes have \(rank) and \(secondRank) axes")
    }
    guard added > 0 else { return second }
    let axes = try node.vector(Array(secondRank..<(secondRank + added)))
    return node.intermediate(Unsqueeze(), [second, axes])
  }

  /// An operator of any number of inputs, taken two at a time from the first on.
  private static func chain(_ function: ElementwiseBinary.Function) -> OperatorImport {
    OperatorImport(OperatorImport.many) { node in
      if node.version < 6 { node.attributes.ignore("consumed_inputs") }
      let operation = ElementwiseBinary(function: function)
      var total = try node.input(0)
      guard node.inputs.count > 1 else { return node.define(Identity()) }
      for index in node.inputs.indices.dropFirst().dropLast() {
        total = node.intermediate(operation, [total, try node.input(index)])
      }
      node.define(operation, [total, try node.input(node.inputs.count - 1)])
    }
  }
}
