/// How a map of one size of picture becomes the map of another.
package struct MapResampling: Hashable, Sendable {
  /// The map that is given, `[1, C, rows, columns]`.
  package var shape: [Int]
  /// Cells wanted per cell given, along height and width: the ratio of the pictures' sizes.
  package var scales: [Double]
  /// Cells from the map's edge to the centre of its first cell's receptive field, along height and
  /// width: `(start + 0.5) / stride`.
  package var firstCentres: [Double]
  /// What the elements are multiplied by.
  package var factor: Double

  package init(shape: [Int], scales: [Double], firstCentres: [Double], factor: Double) {
    self.shape = shape
    self.scales = scales
    self.firstCentres = firstCentres
    self.factor = factor
  }
}

extension ShapedGraph {
  /// The same network with its inputs made from maps of other sizes: linear between the cells whose
  /// receptive fields lie around the wanted one's, then multiplied by a factor.
  ///
  /// - Parameter resamplings: One per input; one of the input's own shape, scale 1 and factor 1
  ///   changes nothing.
  /// - Throws: `GraphError.inputShape` for a map of other channels, `TensorError`.
  package func resamplingInputs(_ resamplings: [MapResampling]) throws -> ShapedGraph {
    precondition(resamplings.count == graph.inputs.count, "one resampling per input")
    var result = self
    var prefix: [Graph.Node] = []
    var replacements: [ValueID: ValueID] = [:]
    for (index, resampling) in resamplings.enumerated() {
      let input = graph.inputs[index]
      let target = type(of: input.value).shape
      let source = resampling.shape
      guard source.count == 4, target.count == 4, source.prefix(2) == target.prefix(2),
        source.allSatisfy({ $0 > 0 })
      else {
        throw GraphError.inputShape(name: input.name, given: source, declared: shapeText(target))
      }
      let isResized = source != target || resampling.scales != [1, 1]
      guard isResized || resampling.factor != 1 else { continue }
      var value = result.addValue(
        name: input.name + "/given", type: TensorType(input.elementType, source))
      result.graph.inputs[index].value = value
      result.graph.inputs[index].dimensions = source.map { .fixed($0) }
      func append(_ operation: any Operator, _ inputs: [ValueID?], _ suffix: String) {
        let output = result.addValue(
          name: input.name + suffix, type: TensorType(input.elementType, target))
        prefix.append(
          Graph.Node(
            name: input.name + suffix, operation: operation, inputs: inputs, outputs: [output]))
        value = output
      }
      if isResized {
        let sizes = result.addConstant(
          try Tensor(vector: Array(target.dropFirst(2))), name: input.name + "/size")
        var resize = Resize(
          mode: .linear, coordinates: .placed, nearest: .floor, axes: [2, 3])
        resize.placements = zip(resampling.scales, resampling.firstCentres).map {
          Resize.Placement(scale: Float($0), firstCentre: Float($1))
        }
        append(resize, [value, nil, nil, sizes], "/resampled")
      }
      if resampling.factor != 1 {
        let factor = result.addConstant(
          try Tensor([Float(resampling.factor)], shape: []), name: input.name + "/factor")
        append(ElementwiseBinary(function: .multiply), [value, factor], "/scaled")
      }
      replacements[input.value] = value
    }
    result.replace(replacements)
    result.graph.nodes = prefix + result.graph.nodes
    return result
  }
}
