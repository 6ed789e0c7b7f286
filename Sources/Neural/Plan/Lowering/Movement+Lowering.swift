internal import CKernels

/// Emits a strided copy of an array; strides and offsets count elements.
func emitCopy(
  _ builder: inout PlanBuilder, from source: PlanarValue, sourceOffset: Int = 0,
  sourceStrides: [Int], to target: PlanarValue, targetOffset: Int = 0, targetStrides: [Int],
  shape: [Int]
) {
  let elementSize = target.type.elementType.byteCount
  let isa = builder.isa
  let sizes = shape.map(Int32.init)
  builder.emit { memory in
    ck_copy(
      isa, Int32(elementSize), memory.pointer(source) + sourceOffset * elementSize,
      memory.pointer(target) + targetOffset * elementSize, Int32(sizes.count), sizes,
      sourceStrides, targetStrides)
  }
}

/// Emits a copy of a view into part of an array, whose strides count elements; by default into all
/// of it.
func emitCopy(
  _ builder: inout PlanBuilder, from view: PlanarView, to target: PlanarValue,
  targetOffset: Int = 0, targetStrides: [Int]? = nil
) {
  emitCopy(
    &builder, from: view.start, sourceStrides: view.strides, to: target,
    targetOffset: targetOffset,
    targetStrides: targetStrides ?? StridedWalk.rowMajorStrides(view.shape), shape: view.shape)
}

/// Whether a copy of this shape fits the copying kernel.
func canCopy(_ shape: [Int]) -> Bool {
  shape.count <= 8 && shape.allSatisfy { $0 > 0 && $0 <= Int32.max }
}

/// The same elements under another shape: no work, the array is shared.
private func lowerReshape(_ node: Graph.Node, _ builder: inout PlanBuilder) -> Bool {
  guard let input = node.inputs[0] else { return false }
  let type = builder.type(node.outputs[0])
  if builder.hasBlockedForm(input), !builder.hasPlanarForm(input), type.shape.count == 3,
    type.shape[..<2] == builder.type(input).shape[..<2]
  {
    builder.define(node.outputs[0], flattened: builder.blocked(input))
    return true
  }
  if let view = builder.view(input).reshaped(type.shape), view.contiguous == nil {
    builder.define(node.outputs[0], view: view)
    return true
  }
  var value = builder.planar(input)
  value.type = type
  builder.define(node.outputs[0], planar: value)
  return true
}

extension Reshape: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    lowerReshape(node, &builder)
  }
}
extension Flatten: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    lowerReshape(node, &builder)
  }
}
extension Squeeze: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    lowerReshape(node, &builder)
  }
}
extension Unsqueeze: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    lowerReshape(node, &builder)
  }
}

extension Transpose: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0] else { return false }
    let type = builder.type(input)
    let order = permutation ?? Array(type.shape.indices.reversed())
    guard canCopy(type.shape) else { return false }
    if builder.hasBlockedForm(input), !builder.hasPlanarForm(input) {
      let target = builder.makePlanar(builder.type(node.outputs[0]))
      let targetStrides = StridedWalk.rowMajorStrides(target.type.shape)
      // strides[axis of the input] in the output
      var strides = [Int](repeating: 0, count: 4)
      for (position, axis) in order.enumerated() { strides[axis] = targetStrides[position] }
      let source = builder.blocked(input)
      let isa = builder.isa
      builder.emit { memory in
        var source = memory.blocked(source)
        return ck_to_strided(isa, &source, memory.floats(target), strides)
      }
      builder.define(node.outputs[0], planar: target)
    } else {
      builder.define(node.outputs[0], view: builder.view(input).permuted(order))
    }
    return true
  }
}

extension Expand: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], canCopy(builder.type(node.outputs[0]).shape) else {
      return false
    }
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    let shape = target.type.shape
    emitCopy(
      &builder, from: builder.planar(input),
      sourceStrides: Broadcast.strides(of: builder.type(input).shape, over: shape), to: target,
      targetStrides: StridedWalk.rowMajorStrides(shape), shape: shape)
    builder.define(node.outputs[0], planar: target)
    return true
  }
}

extension DepthToSpace: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], builder.type(input).shape.count == 4,
      builder.type(input).shape.allSatisfy({ $0 > 0 })
    else { return false }
    let shape = builder.type(input).shape  // [N, C * b * b, H, W]
    let channels = shape[1] / (block * block)
    let plane = shape[2] * shape[3]
    // Input strides of (n, c, block row, block column, h, w).
    let channelStride = order == .depthColumnRow ? plane : plane * block * block
    let blockStride = order == .depthColumnRow ? plane * channels : plane
    let sourceStrides = [
      shape[1] * plane, channelStride, shape[3], blockStride * block, 1, blockStride,
    ]
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    let sizes = [shape[0], channels, shape[2], block, shape[3], block]
    emitCopy(
      &builder, from: builder.planar(input), sourceStrides: sourceStrides, to: target,
      targetStrides: StridedWalk.rowMajorStrides(sizes), shape: sizes)
    builder.define(node.outputs[0], planar: target)
    return true
  }
}

extension Pad: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard mode == .constant, let input = node.inputs[0], node.inputs.count > 1,
      let padsValue = node.inputs[1], let pads = try builder.constant(padsValue)?.integers(),
      node.inputs.count < 4 || node.inputs[3] == nil
    else { return false }
    let type = builder.type(input)
    let output = builder.type(node.outputs[0])
    let rank = type.shape.count
    guard canCopy(type.shape), canCopy(output.shape), pads.count == 2 * rank,
      pads.allSatisfy({ $0 >= 0 }), type.elementType == .float32
    else { return false }
    var fill: PlanarValue?
    if node.inputs.count > 2, let value = node.inputs[2] { fill = builder.planar(value) }
    let target = builder.makePlanar(output)
    let strides = StridedWalk.rowMajorStrides(output.shape)
    let zeros = [Int](repeating: 0, count: rank)
    if let fill {
      emitCopy(
        &builder, from: fill, sourceStrides: zeros, to: target, targetStrides: strides,
        shape: output.shape)
    } else {
      let count = output.shape.reduce(1, *)
      let isa = builder.isa
      // 0 * x + 0 would keep NaN of earlier contents: clip to [0, 0] instead.
      let zero = ck_activation(kind: CK_ACT_CLIP, a: 0, b: 0, slopes: nil)
      builder.emit("fill") { memory in
        ck_unary(isa, zero, memory.floats(target), memory.floats(target), count, 1, 1)
      }
    }
    let offset = zip(pads, strides).reduce(0) { $0 + $1.0 * $1.1 }
    emitCopy(
      &builder, from: builder.planar(input), sourceStrides: StridedWalk.rowMajorStrides(type.shape),
      to: target, targetOffset: offset, targetStrides: strides, shape: type.shape)
    builder.define(node.outputs[0], planar: target)
    return true
  }
}
