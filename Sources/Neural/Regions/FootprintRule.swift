/// The room that one picture needs on a canvas, so that no operator reads one picture into another.
struct FootprintRule: RegionRule {
  /// Along one axis: the map's size, and input positions per position.
  struct Axis: Hashable {
    var count: Int
    var pitch: Int
  }

  struct State: Hashable {
    var rows: Axis
    var columns: Axis
  }

  /// Input positions that the picture takes with its margin.
  private(set) var rows = 0
  private(set) var columns = 0
  /// Every pitch divides these: origins must be multiples.
  private(set) var rowAlignment = 1
  private(set) var columnAlignment = 1

  mutating func neighbourhood(_ step: NeighbourhoodStep, _ input: State) throws -> State {
    let (rows, columns) = (
      try axis(step, step.rows, input.rows), try axis(step, step.columns, input.columns)
    )
    self.rows = max(self.rows, rows.room)
    self.columns = max(self.columns, columns.room)
    rowAlignment = Self.commonMultiple(rowAlignment, rows.output.pitch)
    columnAlignment = Self.commonMultiple(columnAlignment, columns.output.pitch)
    return State(rows: rows.output, columns: columns.output)
  }

  private func axis(
    _ step: NeighbourhoodStep, _ rule: AxisRule, _ input: Axis
  ) throws -> (output: Axis, room: Int) {
    let reach = try step.reach(rule, input.count)
    guard reach.count > 0 else { throw step.misaligned("nothing is left of the picture") }
    let reads = reach.reads(0..<reach.count)
    guard step.border != nil || (reads.lowerBound >= 0 && reads.upperBound <= input.count) else {
      throw step.misaligned("it reads beyond the picture, where gaps cannot stand for its border")
    }
    var output = Axis(count: reach.count, pitch: input.pitch)
    switch reach.rate {
    case .shrink(let stride): output.pitch *= stride
    case .grow(let factor):
      guard input.pitch % factor == 0 else {
        throw step.misaligned("its output is finer than the network's input")
      }
      output.pitch /= factor
    }
    guard output.pitch < 1 << 20 else { throw step.misaligned("the stride is beyond bounds") }
    // What this picture reads beyond itself, and what its neighbour reads before itself, is gap.
    let before = max(-reads.lowerBound, 0)
    let beyond = step.isConfined ? 0 : max(reads.upperBound, input.count + before)
    let room = max(beyond, input.count) * input.pitch
    return (output, max(room, output.count * output.pitch))
  }

  func merged(_ states: [State], node: Graph.Node) throws -> State {
    guard let first = states.first, states.allSatisfy({ $0 == first }) else {
      throw RegionError.misaligned(
        node: node.name, operation: node.operation.name,
        reason: "the picture has different sizes on its inputs")
    }
    return first
  }

  static func commonMultiple(_ a: Int, _ b: Int) -> Int {
    var (x, y) = (a, b)
    while y != 0 { (x, y) = (y, x % y) }
    return a / x * b
  }
}

/// What one picture takes of a canvas.
package struct PackedFootprint: Hashable, Sendable {
  /// Rows and columns with the margin that the network needs, multiples of the alignment.
  package var rows: Int
  package var columns: Int
  /// Origins must be multiples of these.
  package var rowAlignment: Int
  package var columnAlignment: Int
}

extension ShapedGraph {
  /// The room that one picture of this graph's input size needs among others.
  ///
  /// - Throws: `RegionError` where the network cannot be packed, naming the operator.
  package func packedFootprint() throws -> PackedFootprint {
    let shape = graph.inputs.first.map { type(of: $0.value).shape } ?? []
    guard shape.count == 4 else {
      throw RegionError.unsuitable("the network does not take one picture [N, C, rows, columns]")
    }
    let walk = try RegionWalk(
      self, rule: FootprintRule(),
      start: FootprintRule.State(
        rows: .init(count: shape[2], pitch: 1), columns: .init(count: shape[3], pitch: 1)))
    func rounded(_ room: Int, _ size: Int, _ alignment: Int) -> Int {
      (max(room, size) + alignment - 1) / alignment * alignment
    }
    return PackedFootprint(
      rows: rounded(walk.rule.rows, shape[2], walk.rule.rowAlignment),
      columns: rounded(walk.rule.columns, shape[3], walk.rule.columnAlignment),
      rowAlignment: walk.rule.rowAlignment, columnAlignment: walk.rule.columnAlignment)
  }
}
