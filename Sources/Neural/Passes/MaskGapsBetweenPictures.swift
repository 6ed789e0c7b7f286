/// What lies between the pictures of a canvas, on one map.
private enum GapContent: Equatable {
  case value(Float)
  /// Finite, but anything.
  case finite
  /// Anything, infinities and NaN too.
  case unknown

  var isFinite: Bool {
    switch self {
    case .value(let value): value.isFinite
    case .finite: true
    case .unknown: false
    }
  }
}

extension Passes {
  /// Makes convolutions and maxima work picture by picture, and sets the gaps between packed pictures
  /// to an operator's border value wherever a picture reads them, so that it meets there what it would
  /// meet at the border of a canvas of its own.
  ///
  /// The gaps of the network's input hold zeros, as do those of every result picture by picture: few
  /// masks are left. Once masked, a value serves all its later readers.
  static func maskGaps(_ graph: inout ShapedGraph, _ walk: RegionWalk<PackingRule>) {
    var pass = GapMasking(graph: graph, walk: walk)
    pass.run()
    graph = pass.graph
  }
}

private struct GapMasking {
  var graph: ShapedGraph
  let walk: RegionWalk<PackingRule>
  private var contents: [Graph.ValueID: GapContent] = [:]
  private var masked: [Graph.ValueID: Graph.ValueID] = [:]
  private var nodes: [Graph.Node] = []

  init(graph: ShapedGraph, walk: RegionWalk<PackingRule>) {
    self.graph = graph
    self.walk = walk
  }

  mutating func run() {
    for input in graph.graph.inputs { contents[input.value] = .value(0) }
    for (position, node) in graph.graph.nodes.enumerated() {
      var node = node
      let original = node.inputs.first ?? nil
      node.inputs = node.inputs.map { value in value.map { masked[$0] ?? $0 } }
      if let step = walk.steps[position], let original, let input = node.inputs[0],
        let value = neededValue(step, contents[input] ?? .unknown)
      {
        node.inputs[0] = mask(input, of: original, with: value)
      }
      if let original, let operation = perPicture(node, reading: original) {
        node.operation = operation
      }
      let content = content(of: node, step: walk.steps[position])
      for output in node.outputs { contents[output] = content }
      nodes.append(node)
    }
    graph.graph.nodes = nodes
    for index in graph.graph.outputs.indices {
      let value = graph.graph.outputs[index].value
      graph.graph.outputs[index].value = masked[value] ?? value
    }
  }

  /// What the gaps must be set to before a step; `nil` when they are right already.
  private func neededValue(_ step: NeighbourhoodStep, _ content: GapContent) -> Float? {
    guard walk.rule.stepsBeyond.contains(step.position), let border = step.border else {
      return nil
    }
    return content == .value(border) ? nil : border
  }

  /// The node's operator for each picture by itself; `nil` where that is nothing to it.
  private func perPicture(_ node: Graph.Node, reading input: Graph.ValueID) -> PerPicture? {
    guard let source = walk.places[input], let target = walk.places[node.outputs[0]],
      case .map(2) = source.layout, case .map(2) = target.layout,
      graph.type(of: input).shape.count == 4
    else { return nil }
    let regions = PictureRegions(inputs: walk.maps[source.map], outputs: walk.maps[target.map])
    switch node.operation {
    case let convolution as Convolution: return PerPicture(convolution, regions: regions)
    case let pool as MaxPool: return PerPicture(pool, regions: regions)
    default: return nil
    }
  }

  private mutating func mask(
    _ input: Graph.ValueID, of original: Graph.ValueID, with value: Float
  ) -> Graph.ValueID {
    guard let place = walk.places[original] else { return input }
    let name = graph.graph.valueNames[original.index] + ".masked"
    let output = graph.addValue(name: name, type: graph.type(of: original))
    nodes.append(
      Graph.Node(
        name: name, operation: MaskGaps(regions: walk.maps[place.map], value: value),
        inputs: [input], outputs: [output]))
    contents[output] = .value(value)
    masked[original] = output
    return output
  }

  /// What a node leaves between the pictures.
  private func content(of node: Graph.Node, step: NeighbourhoodStep?) -> GapContent {
    let inputs = node.inputs.compactMap { $0.flatMap { contents[$0] } }
    guard let first = inputs.first else { return .unknown }
    let allFinite = inputs.allSatisfy(\.isFinite)
    switch node.operation {
    case let activation as Activation:
      if case .value(let value) = first {
        let result = activation.function(value)
        return result.isFinite ? .value(result) : .unknown
      }
      return first
    case is PRelu:
      return first == .value(0) ? first : (allFinite ? .finite : .unknown)
    case is PerPicture: return .value(0)
    case is ConvolutionTranspose, is AveragePool, is BatchNormalization:
      return allFinite ? .finite : .unknown
    case let binary as ElementwiseBinary:
      return content(of: binary.function, inputs, node)
    case is Concat, is Identity, is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Transpose,
      is Slice, is Split, is ChannelGather, is Gather, is Resize, is SpaceToDepth, is DepthToSpace:
      if inputs.allSatisfy({ $0 == first }) { return first }
      return allFinite ? .finite : .unknown
    default: return .unknown
    }
  }

  private func content(
    of function: ElementwiseBinary.Function, _ inputs: [GapContent], _ node: Graph.Node
  ) -> GapContent {
    guard inputs.allSatisfy(\.isFinite) else { return .unknown }
    let isZero = inputs.allSatisfy { $0 == .value(0) }
    let hasConstant = inputs.count < node.inputs.count
    switch function {
    case .add, .subtract: return isZero && !hasConstant ? .value(0) : .finite
    case .multiply: return isZero ? .value(0) : .finite
    case .maximum, .minimum: return .finite
    default: return .unknown
    }
  }
}
