/// Max pooling of a map into `n x n` bins for several `n`: one vector of fixed length for maps of
/// any size (SPP-net, He et al. 2014, arXiv:1406.4729).
package struct SpatialPyramidPooling: Hashable, Sendable {
  /// Bins per side, e.g. `[1, 2, 4]`: 21 numbers per channel.
  package var levels: [Int]

  package init(levels: [Int]) { self.levels = levels }

  /// Numbers per channel.
  package var binCount: Int { levels.reduce(0) { $0 + $1 * $1 } }

  /// Appends the pooling, with adaptive bins.
  ///
  /// - Parameters:
  ///   - map: `[N, C, rows, columns]`.
  ///   - rows: The map's height, at least 1; columns alike.
  /// - Returns: `[N, C * binCount]`: level by level, in each channel by channel, bins row by row.
  /// - Throws: `GraphError.malformed` for sizes or levels below 1.
  package func append(
    to graph: inout Graph, map: Graph.ValueID, rows: Int, columns: Int, name: String
  ) throws -> Graph.ValueID {
    guard rows >= 1, columns >= 1, !levels.isEmpty, levels.allSatisfy({ (1...1024).contains($0) })
    else {
      throw GraphError.malformed("\(name): levels \(levels) of a \(columns)x\(rows) map")
    }
    var parts: [Graph.ValueID] = []
    for (index, count) in levels.enumerated() {
      let label = "\(name)/\(index)"
      let tall = try pool(
        map, axis: 2, AdaptiveBins.ranges(length: rows, count: count), &graph, label + "/rows")
      let bins = try pool(
        tall, axis: 3, AdaptiveBins.ranges(length: columns, count: count), &graph,
        label + "/columns")
      parts.append(graph.append(Flatten(axis: 1), name: label + "/flatten", inputs: [bins]))
    }
    return graph.append(Concat(axis: 1), name: name, inputs: parts)
  }

  /// The largest element of each bin of one axis, which then has one position per bin.
  private func pool(
    _ map: Graph.ValueID, axis: Int, _ bins: [Swift.Range<Int>], _ graph: inout Graph,
    _ name: String
  ) throws -> Graph.ValueID {
    let axes = graph.addConstant(try Tensor(vector: [axis]), name: name + "/axis")
    let largest = try bins.enumerated().map { index, bin in
      let label = "\(name)/\(index)"
      let start = graph.addConstant(try Tensor(vector: [bin.lowerBound]), name: label + "/start")
      let end = graph.addConstant(try Tensor(vector: [bin.upperBound]), name: label + "/end")
      let slice = graph.append(
        Slice(), name: label + "/slice", inputs: [map, start, end, axes])
      return graph.append(
        Reduction(function: .maximum), name: label + "/max", inputs: [slice, axes])
    }
    return graph.append(Concat(axis: axis), name: name + "/bins", inputs: largest)
  }
}
