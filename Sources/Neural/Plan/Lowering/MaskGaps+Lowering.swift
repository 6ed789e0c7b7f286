internal import CKernels

extension MaskGaps: LowerableOperator {
  /// In place where nothing else reads the input any more, else into a copy.
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], builder.canBeBlocked(builder.type(input)) else {
      return false
    }
    let source = builder.blocked(input)
    let target =
      builder.isLastUse(of: input, source)
      ? source : builder.makeBlocked(builder.type(node.outputs[0]).shape)
    let isa = builder.isa
    let rectangles = regions.flatMap { region in
      [
        region.rows.lowerBound, region.rows.upperBound, region.columns.lowerBound,
        region.columns.upperBound,
      ].map { Int32(clamping: $0) }
    }
    let (count, value) = (Int32(clamping: regions.count), value)
    builder.emit { memory in
      var source = memory.blocked(source)
      var target = memory.blocked(target)
      return ck_fill_outside(isa, &source, &target, rectangles, count, value)
    }
    builder.define(node.outputs[0], blocked: target)
    return true
  }
}
