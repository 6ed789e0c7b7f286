/// `y[n, c] = x[n, channels[c]]` on `[N, C, H, W]`: what channel shuffles come down to.
package struct ChannelGather: Operator, Hashable {
  package var channels: [Int]

  package init(channels: [Int]) { self.channels = channels }

  package var name: String { "ChannelGather" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    guard let type = inputs.first??.type, type.shape.count == 4 else {
      throw OperatorError.invalidInput("needs one input with 4 axes")
    }
    guard channels.allSatisfy({ type.shape[1] > $0 && $0 >= 0 }) else {
      throw OperatorError.invalidAttribute("channels", "outside 0..<\(type.shape[1])")
    }
    return [
      TensorType(type.elementType, [type.shape[0], channels.count, type.shape[2], type.shape[3]])
    ]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let indices = try Tensor(vector: channels)
    return try Gather(axis: 1).evaluate([inputs[0], indices])
  }
}

extension Passes {
  /// Replaces chains of reshapes, transpositions, slices and gathers that only rearrange the
  /// channels of `[N, C, H, W]` (as ShuffleNet's channel shuffle, Zhang et al. 2017) by one
  /// `ChannelGather` each.
  ///
  /// A chain is recognised by running it on an array of positions: whatever it is made of, it is a
  /// channel gather exactly when whole channels come out.
  @Sendable static func recogniseChannelGathers(_ graph: inout ShapedGraph) throws {
    let makers = graph.makers()
    for position in graph.graph.nodes.indices {
      let node = graph.graph.nodes[position]
      guard isMovement(node.operation), node.outputs.count == 1,
        let (source, channels) = try channelGather(node.outputs[0], graph, makers)
      else { continue }
      graph.graph.nodes[position].operation = ChannelGather(channels: channels)
      graph.graph.nodes[position].inputs = [source]
    }
  }

  private static func isMovement(_ operation: any Operator) -> Bool {
    switch operation {
    case is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Transpose, is Slice, is Gather,
      is Split:
      true
    default: false
    }
  }

  /// The value and the channels that `value` is gathered from through at least two movements.
  private static func channelGather(
    _ value: Graph.ValueID, _ graph: ShapedGraph, _ makers: [Graph.ValueID: Int]
  ) throws -> (Graph.ValueID, [Int])? {
    let type = graph.type(of: value)
    guard type.shape.count == 4, type.elementType == .float32 else { return nil }
    var chain: [(node: Graph.Node, output: Int)] = []
    var source = value
    var leavesFourAxes = false
    while let maker = makers[source] {
      let node = graph.graph.nodes[maker]
      guard isMovement(node.operation), chain.count < 8, let input = node.inputs[0],
        let output = node.outputs.firstIndex(of: source)
      else { break }
      chain.append((node, output))
      source = input
      let shape = graph.type(of: source).shape
      if shape.count != 4 { leavesFourAxes = true }
      let isCandidate =
        leavesFourAxes && shape.count == 4 && shape[0] == type.shape[0]
        && shape[2...] == type.shape[2...]
      if isCandidate, let channels = try simulate(chain, from: shape, graph) {
        return (source, channels)
      }
    }
    return nil
  }

  /// Runs the chain (last step first) on the positions of an array of `shape`.
  private static func simulate(
    _ chain: [(node: Graph.Node, output: Int)], from shape: [Int], _ graph: ShapedGraph
  ) throws -> [Int]? {
    let count = shape.reduce(1, *)
    guard count > 0, count <= 1 << 22 else { return nil }
    var tensor = try Tensor(Array(0..<count), shape: shape)
    for (node, output) in chain.reversed() {
      let parameters = node.inputs.dropFirst().map { value in
        value.flatMap { graph.graph.constants[$0] }
      }
      tensor = try node.operation.evaluate([tensor] + parameters)[output]
    }
    let plane = shape[2] * shape[3]
    let perPicture = shape[1] * plane
    let positions = try tensor.integers()
    let outChannels = tensor.shape[1]
    var channels: [Int] = []
    for (index, position) in positions.enumerated() {
      let (picture, channel) = (index / plane / outChannels, index / plane % outChannels)
      if channels.count == channel {
        channels.append(position % perPicture / plane)
      }
      let expected = picture * perPicture + channels[channel] * plane + index % plane
      guard position == expected else { return nil }
    }
    return channels
  }
}
