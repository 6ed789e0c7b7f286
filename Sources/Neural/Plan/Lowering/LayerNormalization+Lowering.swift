internal import CKernels

extension LayerNormalization: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], let scaleValue = node.inputs[1] else { return false }
    let shape = builder.type(input).shape
    let axis = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(axis), shape.allSatisfy({ $0 > 0 }) else { return false }
    let length = shape[axis...].reduce(1, *)
    let biasValue = node.inputs.count > 2 ? node.inputs[2] : nil
    for value in [scaleValue, biasValue].compactMap(\.self)
    where builder.type(value).shape.reduce(1, *) != length { return false }
    let source = builder.planar(input)
    let scale = builder.planar(scaleValue)
    let bias = biasValue.map { builder.planar($0) }
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    let isa = builder.isa
    let epsilon = epsilon
    builder.emit { memory in
      ck_layer_norm(
        isa, memory.floats(source), memory.floats(scale),
        bias.map { UnsafePointer(memory.floats($0)) },
        memory.floats(target), shape[..<axis].reduce(1, *), length, epsilon)
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}
