/// Follows several pictures that lie on one canvas: the rectangle of each on every map is the one
/// that the network, run on that picture alone, would have as its whole map.
struct PackingRule: RegionRule {
  /// One region per picture, in their order.
  typealias State = [SpatialRegion]

  /// Steps of which some picture reads positions outside its own rectangle.
  private(set) var stepsBeyond: Set<Int> = []

  mutating func neighbourhood(
    _ step: NeighbourhoodStep, _ input: [SpatialRegion]
  ) throws -> [SpatialRegion] {
    var output: [SpatialRegion] = []
    for (index, region) in input.enumerated() {
      let rows = try axis(step, step.rows, step.rowCount, region.rows)
      let columns = try axis(step, step.columns, step.columnCount, region.columns)
      output.append(SpatialRegion(rows: rows.output, columns: columns.output))
      let reads = SpatialRegion(rows: rows.reads, columns: columns.reads)
      guard !step.isConfined, !region.contains(reads) else { continue }
      guard step.border != nil else {
        throw step.misaligned("picture \(index) of \(region) does not divide as it needs")
      }
      stepsBeyond.insert(step.position)
      for (other, place) in input.enumerated() where other != index && reads.intersects(place) {
        throw RegionError.tooClose(
          node: step.node.name, operation: step.node.operation.name,
          reason: "picture \(index) reads \(reads), where picture \(other) has \(place)")
      }
    }
    return output
  }

  private func axis(
    _ step: NeighbourhoodStep, _ rule: AxisRule, _ size: Int, _ region: Swift.Range<Int>
  ) throws -> (output: Swift.Range<Int>, reads: Swift.Range<Int>) {
    let canvas = try step.reach(rule, size)
    let alone = try step.reach(rule, region.count)
    guard canvas.readsAs(alone) else {
      throw step.misaligned("its padding differs between \(size) and \(region.count) positions")
    }
    guard alone.count > 0, let origin = canvas.outputOrigin(region.lowerBound) else {
      throw step.misaligned(
        "\(region.count) positions from \(region.lowerBound) on do not divide by its stride")
    }
    let output = origin..<origin + alone.count
    guard output.upperBound <= canvas.count else {
      throw RegionError.tooClose(
        node: step.node.name, operation: step.node.operation.name,
        reason: "the canvas ends before the last picture's margin")
    }
    // Beyond the canvas the operator's own padding is what a picture alone meets.
    let reads = canvas.reads(output)
    return (output, max(reads.lowerBound, 0)..<max(min(reads.upperBound, size), 1))
  }

  func merged(_ states: [[SpatialRegion]], node: Graph.Node) throws -> [SpatialRegion] {
    guard let first = states.first, states.allSatisfy({ $0 == first }) else {
      throw RegionError.misaligned(
        node: node.name, operation: node.operation.name,
        reason:
          "a picture has different sizes on its inputs; its sides must divide as the network's "
          + "total stride")
    }
    return first
  }
}
