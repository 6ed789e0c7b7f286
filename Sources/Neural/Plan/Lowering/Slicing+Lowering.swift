internal import CKernels

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
    let source = builder.view(input)
    let steps = [Int](repeating: 1, count: type.shape.count)
    for (output, size) in zip(node.outputs, sizes) {
      var starts = [Int](repeating: 0, count: type.shape.count)
      starts[axis] = start
      builder.define(
        output,
        view: source.sliced(starts: starts, steps: steps, shape: builder.type(output).shape))
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
    builder.define(
      node.outputs[0],
      view: builder.view(input).sliced(
        starts: ranges.map(\.start), steps: ranges.map(\.step), shape: output.shape))
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
