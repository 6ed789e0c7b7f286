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

/// Whether a copy of this shape fits the copying kernel.
private func canCopy(_ shape: [Int]) -> Bool {
  shape.count <= 8 && shape.allSatisfy { $0 > 0 && $0 <= Int32.max }
}

/// The same elements under another shape: no work, the array is shared.
private func lowerReshape(_ node: Graph.Node, _ builder: inout PlanBuilder) -> Bool {
  guard let input = node.inputs[0] else { return false }
  var value = builder.planar(input)
  value.type = builder.type(node.outputs[0])
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
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    let targetStrides = StridedWalk.rowMajorStrides(target.type.shape)
    if builder.hasBlockedForm(input), !builder.hasPlanarForm(input) {
      // strides[axis of the input] in the output
      var strides = [Int](repeating: 0, count: 4)
      for (position, axis) in order.enumerated() { strides[axis] = targetStrides[position] }
      let source = builder.blocked(input)
      let isa = builder.isa
      builder.emit { memory in
        var source = memory.blocked(source)
        return ck_to_strided(isa, &source, memory.floats(target), strides)
      }
    } else {
      let strides = StridedWalk.rowMajorStrides(type.shape)
      emitCopy(
        &builder, from: builder.planar(input), sourceStrides: order.map { strides[$0] },
        to: target, targetStrides: targetStrides, shape: target.type.shape)
    }
    builder.define(node.outputs[0], planar: target)
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

extension Concat: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    let inputs = node.inputs.compactMap { $0 }
    let type = builder.type(node.outputs[0])
    let axis = axis < 0 ? axis + type.shape.count : axis
    guard inputs.count == node.inputs.count, canCopy(type.shape) else { return false }
    if axis == 1, builder.canBeBlocked(type), inputs.contains(where: builder.hasBlockedForm),
      inputs.allSatisfy({ builder.canBeBlocked(builder.type($0)) })
    {
      lowerBlocked(node, inputs, &builder)
      return true
    }
    let target = builder.makePlanar(type)
    let strides = StridedWalk.rowMajorStrides(type.shape)
    var offset = 0
    for input in inputs {
      let shape = builder.type(input).shape
      if shape.allSatisfy({ $0 > 0 }) {
        if builder.hasBlockedForm(input), !builder.hasPlanarForm(input) {
          let source = builder.blocked(input)
          let isa = builder.isa
          let start = offset
          builder.emit { memory in
            var source = memory.blocked(source)
            return ck_to_strided(isa, &source, memory.floats(target) + start, strides)
          }
        } else {
          emitCopy(
            &builder, from: builder.planar(input),
            sourceStrides: StridedWalk.rowMajorStrides(shape),
            to: target, targetOffset: offset, targetStrides: strides, shape: shape)
        }
      }
      offset += shape[axis] * strides[axis]
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }

  /// Channels of planes: a list where every cut falls between blocks, else a gather.
  private func lowerBlocked(
    _ node: Graph.Node, _ inputs: [Graph.ValueID], _ builder: inout PlanBuilder
  ) {
    let shape = builder.type(node.outputs[0]).shape
    let parts = inputs.map { builder.blocked($0) }
    let lanes = builder.lanes
    if parts.dropLast().allSatisfy({ $0.channels % lanes == 0 }) {
      var joined = BlockedValue(
        batch: shape[0], channels: shape[1], height: shape[2], width: shape[3], planes: [])
      for picture in 0..<shape[0] {
        for part in parts {
          let blocks = part.planes.count / part.batch
          joined.planes += part.planes[picture * blocks..<(picture + 1) * blocks]
        }
      }
      builder.define(node.outputs[0], blocked: joined)
      return
    }
    let sources = parts.enumerated().flatMap { index, part in
      (0..<part.channels).map { (source: index, channel: $0) }
    }
    emitChannelGather(&builder, parts, sources, output: node.outputs[0])
  }
}

extension ChannelGather: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], builder.canBeBlocked(builder.type(input)) else {
      return false
    }
    emitChannelGather(
      &builder, [builder.blocked(input)], channels.map { (source: 0, channel: $0) },
      output: node.outputs[0])
    return true
  }
}

/// Makes a blocked value whose channels come from any channels of others.
private func emitChannelGather(
  _ builder: inout PlanBuilder, _ parts: [BlockedValue],
  _ sources: [(source: Int, channel: Int)], output: Graph.ValueID
) {
  let target = builder.makeBlocked(builder.type(output).shape)
  let isa = builder.isa
  builder.emit { memory in
    var target = memory.blocked(target)
    return ck_gather_channels(
      isa, parts.map(memory.blocked), Int32(parts.count), sources.map { Int32($0.source) },
      sources.map { Int32($0.channel) }, &target)
  }
  builder.define(output, blocked: target)
}

/// One output of a slice or split along the channels of planes.
private func defineChannelRange(
  _ range: Swift.Range<Int>, of source: BlockedValue, as output: Graph.ValueID,
  _ builder: inout PlanBuilder
) {
  let lanes = builder.lanes
  guard range.lowerBound % lanes == 0 else {
    emitChannelGather(&builder, [source], range.map { (source: 0, channel: $0) }, output: output)
    return
  }
  var part = source
  part.channels = range.count
  let blocks = source.planes.count / source.batch
  let first = range.lowerBound / lanes
  let last = (range.upperBound + lanes - 1) / lanes
  part.planes = (0..<source.batch).flatMap {
    source.planes[$0 * blocks + first..<$0 * blocks + last]
  }
  builder.define(output, blocked: part)
}

extension Split: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0] else { return false }
    let type = builder.type(input)
    let axis = axis < 0 ? axis + type.shape.count : axis
    let sizes = node.outputs.map { builder.type($0).shape[axis] }
    guard canCopy(type.shape), sizes.allSatisfy({ $0 > 0 }) else { return false }
    var start = 0
    if axis == 1, builder.hasBlockedForm(input) {
      let source = builder.blocked(input)
      for (output, size) in zip(node.outputs, sizes) {
        defineChannelRange(start..<start + size, of: source, as: output, &builder)
        start += size
      }
      return true
    }
    let source = builder.planar(input)
    let strides = StridedWalk.rowMajorStrides(type.shape)
    for (output, size) in zip(node.outputs, sizes) {
      let target = builder.makePlanar(builder.type(output))
      emitCopy(
        &builder, from: source, sourceOffset: start * strides[axis], sourceStrides: strides,
        to: target, targetStrides: StridedWalk.rowMajorStrides(target.type.shape),
        shape: target.type.shape)
      builder.define(output, planar: target)
      start += size
    }
    return true
  }
}

extension Slice: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0] else { return false }
    let type = builder.type(input)
    let output = builder.type(node.outputs[0])
    func integers(_ index: Int) throws -> [Int]? {
      guard index < node.inputs.count, let value = node.inputs[index] else { return nil }
      return try builder.constant(value)?.integers()
    }
    guard canCopy(output.shape), let starts = try integers(1), let ends = try integers(2) else {
      return false
    }
    let ranges = try Slice.resolve(
      shape: type.shape, starts: starts, ends: ends, axes: integers(3), steps: integers(4))
    let changed = type.shape.indices.filter {
      ranges[$0].start != 0 || ranges[$0].step != 1 || output.shape[$0] != type.shape[$0]
    }
    if changed == [1], ranges[1].step == 1, builder.hasBlockedForm(input) {
      let start = ranges[1].start
      defineChannelRange(
        start..<start + output.shape[1], of: builder.blocked(input), as: node.outputs[0],
        &builder)
      return true
    }
    let strides = StridedWalk.rowMajorStrides(type.shape)
    let offset = zip(ranges, strides).reduce(0) { $0 + $1.0.start * $1.1 }
    let target = builder.makePlanar(output)
    emitCopy(
      &builder, from: builder.planar(input), sourceOffset: offset,
      sourceStrides: zip(ranges, strides).map { $0.step * $1 }, to: target,
      targetStrides: StridedWalk.rowMajorStrides(output.shape), shape: output.shape)
    builder.define(node.outputs[0], planar: target)
    return true
  }
}

extension Gather: LowerableOperator {
  /// A single position: a slice.
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], let indexValue = node.inputs[1],
      let index = try builder.constant(indexValue)?.integers(), index.count == 1
    else { return false }
    let type = builder.type(input)
    let output = builder.type(node.outputs[0])
    let axis = axis < 0 ? axis + type.shape.count : axis
    let position = index[0] < 0 ? index[0] + type.shape[axis] : index[0]
    guard canCopy(type.shape), position >= 0, position < type.shape[axis] else { return false }
    let strides = StridedWalk.rowMajorStrides(type.shape)
    var shape = type.shape
    shape[axis] = 1
    let target = builder.makePlanar(output)
    emitCopy(
      &builder, from: builder.planar(input), sourceOffset: position * strides[axis],
      sourceStrides: strides, to: target, targetStrides: StridedWalk.rowMajorStrides(shape),
      shape: shape)
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
