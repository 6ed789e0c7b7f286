internal import CKernels

extension GridSample: LowerableOperator {
  /// Linear sampling of pictures; other ways run by the reference code.
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard mode == .linear, padding != .reflection, let input = node.inputs[0],
      let grid = node.inputs[1]
    else { return false }
    let shape = builder.type(input).shape
    let output = builder.type(node.outputs[0])
    guard shape.count == 4, (shape + output.shape).allSatisfy({ $0 > 0 && $0 <= Int32.max }),
      output.shape[2...].reduce(1, *) <= Int32.max / 2
    else { return false }
    let source = builder.planar(input)
    let places = builder.planar(grid)
    let target = builder.makePlanar(output)
    let (alignsCorners, clamps): (Int32, Int32) = (
      alignsCorners ? 1 : 0, padding == .border ? 1 : 0
    )
    builder.emit { memory in
      var options = ck_grid_sample_options(
        batch: Int32(shape[0]), channels: Int32(shape[1]), height: Int32(shape[2]),
        width: Int32(shape[3]), places: Int32(output.shape[2...].reduce(1, *)),
        aligns_corners: alignsCorners, clamps: clamps)
      return ck_grid_sample(
        &options, memory.floats(source), memory.floats(places), memory.floats(target))
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}
