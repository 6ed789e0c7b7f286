internal import CKernels

extension Resize: LowerableOperator {
  /// Nearest and linear resampling of the spatial axes of `[N, C, H, W]`, by tables.
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], builder.canBeBlocked(builder.type(input)),
      builder.canBeBlocked(builder.type(node.outputs[0])), mode != .cubic
    else { return false }
    let taps = try axisTaps(
      node.inputs.map { value in
        value.map { OperatorInput(type: builder.type($0), constant: builder.constant($0)) }
      })
    guard taps[0] == nil, taps[1] == nil,
      taps.allSatisfy({ $0 == nil || ($0!.tapCount <= 2 && !$0!.outside.contains(true)) })
    else { return false }
    let shape = builder.type(node.outputs[0]).shape
    let rows = AxisTable(taps[2], count: shape[2])
    let columns = AxisTable(taps[3], count: shape[3])
    let source = builder.blocked(input)
    let target = builder.makeBlocked(shape)
    let isa = builder.isa
    let isNearest = mode == .nearest
    builder.emit { memory in
      var source = memory.blocked(source)
      var target = memory.blocked(target)
      if isNearest {
        return ck_resize_nearest(isa, &source, &target, rows.first, columns.first)
      }
      return ck_resize_linear(
        isa, &source, &target, rows.first, rows.second, rows.weight, columns.first,
        columns.second, columns.weight)
    }
    builder.define(node.outputs[0], blocked: target)
    return true
  }
}

/// The two positions that each output position mixes, and the weight of the second.
private struct AxisTable {
  var first: [Int32] = []
  var second: [Int32] = []
  var weight: [Float] = []

  init(_ taps: ResizeTaps?, count: Int) {
    guard let taps else {
      first = (0..<Int32(count)).map { $0 }
      second = first
      weight = [Float](repeating: 0, count: count)
      return
    }
    for place in 0..<count {
      first.append(Int32(taps.indices[place * taps.tapCount]))
      second.append(Int32(taps.indices[(place + 1) * taps.tapCount - 1]))
      weight.append(taps.tapCount == 2 ? taps.weights[place * 2 + 1] : 0)
    }
  }
}
