extension ShapedGraph {
  /// The convolutions that can be dilated without changing any size: stride 1, windows of odd extent
  /// wider than one element along both axes, not dilated yet, on maps of the network's largest
  /// stride; in execution order, by position in `graph.nodes`.
  ///
  /// - Parameter stride: Instead of the largest stride, in input pixels.
  /// - Throws: As `ReceptiveFields`.
  package func dilatableConvolutions(stride: Double? = nil) throws -> [Int] {
    let fields = try ReceptiveFields(self)
    var candidates: [(position: Int, stride: Double)] = []
    for (position, node) in graph.nodes.enumerated() {
      guard let convolution = node.operation as? Convolution, let input = node.inputs[0],
        let axes = fields[input].mapAxes, axes.count == 2, let weights = node.inputs[1]
      else { continue }
      let kernel = type(of: weights).shape.dropFirst(2)
      guard convolution.strides == [1, 1], convolution.dilations == [1, 1],
        convolution.autoPad == .notSet, kernel.allSatisfy({ $0 > 1 && $0 % 2 == 1 })
      else { continue }
      candidates.append((position, axes[0].stride))
    }
    let wanted = stride ?? candidates.map(\.stride).max()
    return candidates.filter { $0.stride == wanted }.map(\.position)
  }

  /// The network with some convolutions dilated, all weights shared: taps `dilation` apart, padded by
  /// `(dilation - 1) * (k - 1) / 2` more on every side, so that all shapes stay (TridentNet, Li et al.
  /// 2019, arXiv:1901.01892). A window of `k` then sees `k + (k - 1) * (dilation - 1)`.
  ///
  /// - Parameters:
  ///   - positions: From `dilatableConvolutions`.
  ///   - dilation: At least 1; 1 changes nothing.
  /// - Throws: `GraphError.malformed` for nodes that are no such convolutions, or a dilation beyond
  ///   64.
  package func dilated(_ positions: [Int], by dilation: Int) throws -> ShapedGraph {
    guard (1...64).contains(dilation) else {
      throw GraphError.malformed("dilation \(dilation): must be in 1...64")
    }
    var result = self
    for position in positions {
      let node = graph.nodes[position]
      guard var convolution = node.operation as? Convolution, let weights = node.inputs[1],
        convolution.strides.allSatisfy({ $0 == 1 }), convolution.autoPad == .notSet
      else {
        throw GraphError.malformed("node \(node.name) is no convolution that can be dilated")
      }
      let kernel = type(of: weights).shape.dropFirst(2).map { $0 }
      for (axis, side) in kernel.enumerated() {
        let more = (dilation - 1) * (side - 1) * convolution.dilations[axis]
        guard more % 2 == 0 else {
          throw GraphError.malformed("node \(node.name): a window of \(side) has no middle")
        }
        convolution.padsBegin[axis] += more / 2
        convolution.padsEnd[axis] += more / 2
        convolution.dilations[axis] *= dilation
      }
      result.graph.nodes[position].operation = convolution
    }
    return result
  }

  /// The cut before the first of some nodes: what runs before it is the same whatever becomes of
  /// them. `nil` when there is nothing to share.
  package func cut(before positions: [Int]) -> GraphCut? {
    guard let first = positions.min(), first > 0 else { return nil }
    let live = liveValues(after: first - 1)
    let ends = Set(graph.outputs.map(\.value) + graph.inputs.map(\.value))
    guard !live.isEmpty, live.allSatisfy({ !ends.contains($0) }),
      live.allSatisfy({ type(of: $0).elementType == .float32 })
    else { return nil }
    return cut(live)
  }
}
