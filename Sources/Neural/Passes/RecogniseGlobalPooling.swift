extension Passes {
  /// Means over both spatial axes of `[N, C, H, W]` that keep their axes are global average pools.
  @Sendable static func recogniseGlobalPooling(_ graph: inout ShapedGraph) throws {
    for (position, node) in graph.graph.nodes.enumerated() {
      guard let reduction = node.operation as? Reduction, reduction.keepDimensions,
        reduction.function == .mean || reduction.function == .maximum,
        let input = node.inputs[0], graph.type(of: input).shape.count == 4,
        graph.type(of: input).elementType == .float32,
        node.inputs.count > 1, let axesValue = node.inputs[1],
        let axes = try graph.graph.constants[axesValue]?.integers(),
        Set(axes.map { $0 < 0 ? $0 + 4 : $0 }) == [2, 3]
      else { continue }
      graph.graph.nodes[position].operation = GlobalPool(
        function: reduction.function == .mean ? .average : .max)
      graph.graph.nodes[position].inputs = [input]
    }
  }
}
