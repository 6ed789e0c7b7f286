internal import CKernels

extension Activation: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let kernel = function.kernel else { return false }
    return lowerUnary(node, kernel, keepsFinite: true, into: &builder)
  }
}

extension ElementwiseUnary: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let kernel = function.kernel else { return false }
    return lowerUnary(node, kernel, keepsFinite: function.keepsFinite, into: &builder)
  }
}

private func lowerUnary(
  _ node: Graph.Node, _ activation: ck_activation, keepsFinite: Bool,
  into builder: inout PlanBuilder
) -> Bool {
  guard let input = node.inputs[0], builder.type(input).elementType == .float32 else {
    return false
  }
  let isa = builder.isa
  if builder.hasBlockedForm(input), keepsFinite {
    let source = builder.blocked(input)
    let target = builder.makeBlocked(builder.type(node.outputs[0]).shape)
    builder.emit { memory in
      var source = memory.blocked(source)
      var target = memory.blocked(target)
      return ck_unary_blocked(isa, activation, &source, &target)
    }
    builder.define(node.outputs[0], blocked: target)
    return true
  }
  let source = builder.planar(input)
  let target = builder.makePlanar(builder.type(node.outputs[0]))
  let count = target.type.shape.reduce(1, *)
  builder.emit { memory in
    ck_unary(isa, activation, memory.floats(source), memory.floats(target), count, 1, 1)
  }
  builder.define(node.outputs[0], planar: target)
  return true
}

extension PRelu: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], let slopeValue = node.inputs[1],
      builder.type(input).elementType == .float32,
      let constant = builder.constant(slopeValue),
      let slopes = AffineStep.perChannel(constant, like: builder.type(input).shape)
    else { return false }
    guard builder.canBeBlocked(builder.type(input)) else {
      return lowerPlanar(node, input, slopes.map(Float.init), into: &builder)
    }
    let source = builder.blocked(input)
    let target = builder.makeBlocked(builder.type(node.outputs[0]).shape)
    let isa = builder.isa
    builder.emit { memory in
      slopes.map(Float.init).withUnsafeBufferPointer { slopes in
        var source = memory.blocked(source)
        var target = memory.blocked(target)
        let activation = ck_activation(
          kind: CK_ACT_PRELU, a: 0, b: 0, slopes: slopes.baseAddress)
        return ck_unary_blocked(isa, activation, &source, &target)
      }
    }
    builder.define(node.outputs[0], blocked: target)
    return true
  }
}

extension PRelu {
  /// Values `[N, C, ...]` as a contiguous array.
  private func lowerPlanar(
    _ node: Graph.Node, _ input: Graph.ValueID, _ slopes: [Float],
    into builder: inout PlanBuilder
  ) -> Bool {
    let shape = builder.type(input).shape
    guard !slopes.isEmpty, shape.allSatisfy({ $0 > 0 }) else { return false }
    let inner = shape.dropFirst(2).reduce(1, *)
    let source = builder.planar(input)
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    let isa = builder.isa
    builder.emit { memory in
      slopes.withUnsafeBufferPointer {
        let activation = ck_activation(kind: CK_ACT_PRELU, a: 0, b: 0, slopes: $0.baseAddress)
        return ck_unary(
          isa, activation, memory.floats(source), memory.floats(target), shape.reduce(1, *), inner,
          Int32(slopes.count))
      }
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}

extension BatchNormalization: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let (input, affine) = try AffineStep.make(node, in: builder.graph),
      builder.canBeBlocked(builder.type(input)),
      affine.scale.count == builder.type(input).shape[1]
    else { return false }
    let source = builder.blocked(input)
    let target = builder.makeBlocked(builder.type(node.outputs[0]).shape)
    let isa = builder.isa
    builder.emit { memory in
      var source = memory.blocked(source)
      var target = memory.blocked(target)
      return ck_scale_shift_blocked(
        isa, &source, &target, affine.scale.map(Float.init), affine.shift.map(Float.init))
    }
    builder.define(node.outputs[0], blocked: target)
    return true
  }
}

extension ElementwiseBinary: LowerableOperator {
  private var kernel: (kind: ck_binary_kind, commutes: Bool)? {
    switch function {
    case .add: (CK_ADD, true)
    case .subtract: (CK_SUBTRACT, false)
    case .multiply: (CK_MULTIPLY, true)
    case .divide: (CK_DIVIDE, false)
    case .maximum: (CK_MAXIMUM, true)
    case .minimum: (CK_MINIMUM, true)
    case .power: (CK_POWER, false)
    default: nil
    }
  }

  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let (kind, commutes) = kernel, let left = node.inputs[0], let right = node.inputs[1],
      builder.type(left).elementType == .float32, builder.type(right).elementType == .float32
    else { return false }
    if lowerAffine(node, left, right, into: &builder) { return true }
    let type = builder.type(node.outputs[0])
    if builder.canBeBlocked(type), kind != CK_POWER {
      let swapped = builder.type(left) != type && commutes
      let (a, b) = swapped ? (right, left) : (left, right)
      if builder.type(a) == type, builder.hasBlockedForm(a) || builder.hasBlockedForm(b),
        let operand = blockedOperand(b, type.shape, &builder)
      {
        let source = builder.blocked(a)
        let target = builder.makeBlocked(type.shape)
        let isa = builder.isa
        builder.emit { memory in
          var source = memory.blocked(source)
          var operand = memory.blocked(operand)
          var target = memory.blocked(target)
          return ck_binary_blocked(isa, kind, identityActivation, &source, &operand, &target)
        }
        builder.define(node.outputs[0], blocked: target)
        return true
      }
    }
    return lowerPlanar(node, kind, left, right, into: &builder)
  }

  /// `b` in planes when its shape is one that blocked kernels broadcast to `shape`.
  private func blockedOperand(
    _ b: Graph.ValueID, _ shape: [Int], _ builder: inout PlanBuilder
  ) -> BlockedValue? {
    let operand = builder.type(b).shape
    guard operand.count == 4, operand[1] == shape[1] else { return nil }
    let isWhole = operand == shape
    let isPerChannel =
      operand[2] == 1 && operand[3] == 1 && (operand[0] == shape[0] || operand[0] == 1)
    return isWhole || isPerChannel ? builder.blocked(b) : nil
  }

  /// One constant number against a value: `a * x + b`.
  private func lowerAffine(
    _ node: Graph.Node, _ left: Graph.ValueID, _ right: Graph.ValueID,
    into builder: inout PlanBuilder
  ) -> Bool {
    let constantIsRight = builder.constant(right)?.count == 1
    guard let constant = builder.constant(constantIsRight ? right : left), constant.count == 1
    else { return false }
    let input = constantIsRight ? left : right
    guard !builder.isConstant(input), builder.type(input) == builder.type(node.outputs[0]) else {
      return false
    }
    let number = constant.floats()[0]
    let coefficients: (a: Float, b: Float)
    switch (function, constantIsRight) {
    case (.add, _): coefficients = (1, number)
    case (.subtract, true): coefficients = (1, -number)
    case (.subtract, false): coefficients = (-1, number)
    case (.multiply, _): coefficients = (number, 0)
    default: return false
    }
    let activation = ck_activation(
      kind: CK_ACT_AFFINE, a: coefficients.a, b: coefficients.b, slopes: nil)
    var unary = node
    unary.inputs = [input]
    return lowerUnary(unary, activation, keepsFinite: true, into: &builder)
  }

  private func lowerPlanar(
    _ node: Graph.Node, _ kind: ck_binary_kind, _ left: Graph.ValueID, _ right: Graph.ValueID,
    into builder: inout PlanBuilder
  ) -> Bool {
    let type = builder.type(node.outputs[0])
    guard type.shape.count <= 8, type.shape.allSatisfy({ $0 > 0 && $0 <= Int32.max }) else {
      return false
    }
    let leftStrides = Broadcast.strides(of: builder.type(left).shape, over: type.shape)
    let rightStrides = Broadcast.strides(of: builder.type(right).shape, over: type.shape)
    let a = builder.planar(left)
    let b = builder.planar(right)
    let target = builder.makePlanar(type)
    let shape = type.shape.map(Int32.init)
    let isa = builder.isa
    builder.emit { memory in
      ck_binary(
        isa, kind, identityActivation, memory.floats(a), memory.floats(b), memory.floats(target),
        Int32(shape.count), shape, leftStrides, rightStrides)
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}
