internal import CKernels

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
    if axis == 1, builder.isReadByBlockedConvolution(node.outputs[0]), type.shape[1] > 8,
      inputs.allSatisfy({ builder.hasPlanarForm($0) && !builder.isConstant($0) })
    {
      lowerPlanes(node, inputs, &builder)
      return true
    }
    let whole = builder.wholeOfConcatenation(node.outputs[0])
    let target = whole.start
    let strides = whole.strides
    var offset = 0
    for input in inputs {
      let shape = builder.type(input).shape
      if shape.allSatisfy({ $0 > 0 }), let source = builder.flattened(input) {
        let isa = builder.isa
        let start = offset
        let pixels = strides[2]
        builder.emit { memory in
          var source = memory.blocked(source)
          return ck_to_strided(
            isa, &source, memory.floats(target) + start,
            [strides[0], strides[1], Int(source.width) * pixels, pixels])
        }
      } else if shape.allSatisfy({ $0 > 0 }) {
        if builder.hasBlockedForm(input), !builder.hasPlanarForm(input) {
          let source = builder.blocked(input)
          let isa = builder.isa
          let start = offset
          builder.emit { memory in
            var source = memory.blocked(source)
            return ck_to_strided(isa, &source, memory.floats(target) + start, strides)
          }
        } else {
          let view = builder.view(input)
          let isInPlace =
            view.base == target.base
            && view.byteOffset == target.byteOffset + offset * type.elementType.byteCount
          if !isInPlace {
            emitCopy(
              &builder, from: view, to: target, targetOffset: offset, targetStrides: strides)
          }
        }
      }
      offset += shape[axis] * strides[axis]
    }
    builder.define(node.outputs[0], view: whole)
    return true
  }

  /// Arrays, or views of them such as every second pixel, straight into blocks.
  private func lowerPlanes(
    _ node: Graph.Node, _ inputs: [Graph.ValueID], _ builder: inout PlanBuilder
  ) {
    let views = inputs.map { builder.view($0) }
    let target = builder.makeBlocked(builder.type(node.outputs[0]).shape)
    let isa = builder.isa
    builder.emit { memory in
      let channels = views.flatMap { view in
        let start = memory.floats(view.start)
        return (0..<view.shape[1]).map { channel in
          ck_channel_view(
            values: UnsafePointer(start + channel * view.strides[1]), picture: view.strides[0],
            row: view.strides[2], pixel: view.strides[3])
        }
      }
      var target = memory.blocked(target)
      return ck_gather_views(isa, channels, &target)
    }
    builder.define(node.outputs[0], blocked: target)
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
func emitChannelGather(
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
