/// A map beside its max poolings of stride 1 with wider and wider windows, channels behind one
/// another (YOLO's SPP). Padding never wins.
package struct PoolingStack: Hashable, Sendable {
  /// In what order the parts stand; weights of the layer behind are made for one of them.
  package enum Order: Hashable, Sendable {
    /// The widest window first, the map last (Darknet).
    case widestFirst
    /// The map first (SPPF).
    case mapFirst
  }

  /// How the wider windows are made, to the same result.
  package enum Method: Hashable, Sendable {
    /// Each from the map.
    case parallel
    /// Each from the one before by the smallest window, of which three of 5 elements reach 13.
    case chained
  }

  /// Side of the smallest window, odd; the others reach as far as 2 and 3 of them in a row.
  package var kernel: Int
  package var order: Order
  package var method: Method

  package init(kernel: Int = 5, order: Order, method: Method) {
    self.kernel = kernel
    self.order = order
    self.method = method
  }

  /// Appends the block.
  ///
  /// - Parameter map: `[N, C, rows, columns]`.
  /// - Returns: `[N, 4 * C, rows, columns]`.
  /// - Throws: `GraphError.malformed` for an even window or one below 3.
  package func append(
    to graph: inout Graph, map: Graph.ValueID, name: String
  ) throws -> Graph.ValueID {
    guard kernel >= 3, kernel % 2 == 1, kernel <= 1023 else {
      throw GraphError.malformed("\(name): window of \(kernel), needs an odd one from 3 to 1023")
    }
    var parts = [map]
    for step in 1...3 {
      let side = method == .chained ? kernel : step * (kernel - 1) + 1
      let source = method == .chained ? parts[step - 1] : map
      let pad = side / 2
      parts.append(
        graph.append(
          MaxPool(
            kernel: [side, side], strides: [1, 1], dilations: [1, 1], padsBegin: [pad, pad],
            padsEnd: [pad, pad]), name: "\(name)/pool\(step)", inputs: [source]))
    }
    let ordered = order == .mapFirst ? parts : parts.reversed()
    return graph.append(Concat(axis: 1), name: name, inputs: ordered)
  }
}
