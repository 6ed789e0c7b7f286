internal import CKernels

/// One scale and zero point for all elements of an 8-bit value.
private func wholeScale(
  _ node: Graph.Node, blockSize: Int, type: ElementType, _ builder: PlanBuilder
) throws -> (scale: Float, zero: Int32)? {
  guard blockSize == 0, type == .int8 || type == .uint8, let scaleValue = node.inputs[1],
    let scale = builder.constant(scaleValue), scale.count == 1
  else { return nil }
  var zero = 0
  if node.inputs.count > 2, let zeroValue = node.inputs[2] {
    guard let constant = builder.constant(zeroValue), constant.count == 1 else { return nil }
    zero = try constant.integers()[0]
  }
  return (scale.floats()[0], Int32(zero))
}

extension QuantizeLinear: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    let type = builder.type(node.outputs[0])
    guard let input = node.inputs[0], builder.type(input).elementType == .float32,
      let (scale, zero) = try wholeScale(
        node, blockSize: blockSize, type: type.elementType, builder)
    else { return false }
    let source = builder.planar(input)
    let target = builder.makePlanar(type)
    let isa = builder.isa
    builder.emit { memory in
      ck_quantize(
        isa, memory.floats(source), memory.pointer(target), type.shape.reduce(1, *), scale, zero,
        type.elementType == .int8 ? 1 : 0)
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}

extension DequantizeLinear: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0] else { return false }
    let type = builder.type(input)
    guard
      let (scale, zero) = try wholeScale(
        node, blockSize: blockSize, type: type.elementType, builder)
    else { return false }
    let source = builder.planar(input)
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    let isa = builder.isa
    builder.emit { memory in
      ck_dequantize(
        isa, memory.pointer(source), memory.floats(target), type.shape.reduce(1, *), scale, zero,
        type.elementType == .int8 ? 1 : 0)
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}

extension DynamicRounding: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], builder.type(input).elementType == .float32 else {
      return false
    }
    let source = builder.planar(input)
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    let scale = builder.makePlanar(builder.type(node.outputs[1]))
    let isa = builder.isa
    let count = target.type.shape.reduce(1, *)
    builder.emit { memory in
      ck_dynamic_rounding(
        isa, memory.floats(source), memory.floats(target), memory.floats(scale), count)
    }
    builder.define(node.outputs[0], planar: target)
    builder.define(node.outputs[1], planar: scale)
    return true
  }
}
