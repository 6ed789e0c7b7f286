extension ShapedGraph {
  /// The network up to a cut and from it on: running one after the other is running the network.
  ///
  /// - Returns: `backbone` has the network's input and the cut's values as outputs, `rest` has those
  ///   as inputs, both under their names and in the cut's order, and the network's outputs.
  /// - Throws: `GraphError.malformed` when a path avoids the cut, or the graph lacks its values.
  package func divided(at cut: GraphCut) throws -> (backbone: ShapedGraph, rest: ShapedGraph) {
    for (value, name) in zip(cut.values, cut.valueNames) where types[value] == nil {
      throw GraphError.malformed("the network has no value \(name) to cut at")
    }
    var backbone = self
    backbone.graph.outputs = zip(cut.valueNames, cut.values).map {
      Graph.Output(name: $0.0, value: $0.1)
    }
    backbone.removeDeadNodes()

    var rest = self
    let boundary = Set(cut.values)
    rest.graph.inputs = zip(cut.valueNames, cut.values).map { name, value in
      let type = type(of: value)
      return Graph.Input(
        name: name, value: value, elementType: type.elementType,
        dimensions: type.shape.map { .fixed($0) })
    }
    rest.graph.nodes = graph.nodes.filter { node in !node.outputs.contains(where: boundary.contains)
    }
    rest.removeDeadNodes()
    for input in graph.inputs where !boundary.contains(input.value) {
      let isRead = rest.graph.nodes.contains { $0.inputs.contains(input.value) }
      guard !isRead else {
        throw GraphError.malformed("a path from \(input.name) avoids the cut at \(cut.name)")
      }
    }
    return (backbone, rest)
  }

  /// The same network with its inputs resampled to their sizes from maps of other sizes, then
  /// multiplied by a factor each.
  ///
  /// Linear with half-pixel centres, widened where it shrinks: what a resize of the picture does,
  /// done to the maps. An input whose size does not change is only multiplied; by 1, left alone.
  ///
  /// - Parameters:
  ///   - shapes: Of the maps that will be given, `[1, C, rows, columns]`, one per input.
  ///   - factors: One per input.
  /// - Throws: `TensorError`, `OperatorError` for shapes that do not fit.
  package func resamplingInputs(from shapes: [[Int]], factors: [Float]) throws -> ShapedGraph {
    precondition(
      shapes.count == graph.inputs.count && factors.count == shapes.count, "one per input")
    var result = self
    var prefix: [Graph.Node] = []
    var replacements: [ValueID: ValueID] = [:]
    for index in graph.inputs.indices {
      let input = graph.inputs[index]
      let target = type(of: input.value).shape
      let source = shapes[index]
      guard source.count == 4, target.count == 4, source.prefix(2) == target.prefix(2),
        source.allSatisfy({ $0 > 0 })
      else {
        throw GraphError.inputShape(
          name: input.name, given: source, declared: shapeText(target))
      }
      guard source != target || factors[index] != 1 else { continue }
      let given = result.addValue(
        name: input.name + "/given", type: TensorType(input.elementType, source))
      result.graph.inputs[index].value = given
      result.graph.inputs[index].dimensions = source.map { .fixed($0) }
      var value = given
      func append(_ operation: any Operator, _ inputs: [ValueID?], _ suffix: String) {
        let output = result.addValue(
          name: input.name + suffix, type: TensorType(input.elementType, target))
        prefix.append(
          Graph.Node(
            name: input.name + suffix, operation: operation, inputs: inputs, outputs: [output]))
        value = output
      }
      if source != target {
        let sizes = result.addConstant(
          try Tensor(vector: Array(target.dropFirst(2))), name: input.name + "/size")
        append(
          Resize(
            mode: .linear, coordinates: .halfPixel, nearest: .floor, antialias: true, axes: [2, 3]),
          [value, nil, nil, sizes], "/resampled")
      }
      if factors[index] != 1 {
        let factor = result.addConstant(
          try Tensor([factors[index]], shape: []), name: input.name + "/factor")
        append(ElementwiseBinary(function: .multiply), [value, factor], "/scaled")
      }
      replacements[input.value] = value
    }
    result.replace(replacements)
    result.graph.nodes = prefix + result.graph.nodes
    return result
  }
}
