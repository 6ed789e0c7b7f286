/// Follows a tile of a larger picture: which positions of every map are those of the whole picture.
///
/// At the picture's own borders the tile has them too, and so their padding; at its other borders
/// everything that reads past them is wrong and left out.
struct TileRule: RegionRule {
  struct Axis: Hashable {
    /// The tile's positions.
    var count: Int
    /// Where they begin among those of the whole.
    var origin: Int
    /// The whole picture's positions.
    var whole: Int
    /// The positions of the tile that equal those of the whole.
    var valid: Swift.Range<Int>
    /// Input positions per position.
    var pitch: Int

    init(count: Int, origin: Int, whole: Int) {
      self.count = count
      self.origin = origin
      self.whole = whole
      valid = 0..<count
      pitch = 1
    }
  }

  struct State: Hashable {
    var rows: Axis
    var columns: Axis

    /// The valid positions.
    var region: SpatialRegion { SpatialRegion(rows: rows.valid, columns: columns.valid) }
  }

  /// Every pitch divides these: tiles must begin at multiples.
  private(set) var rowAlignment = 1
  private(set) var columnAlignment = 1

  mutating func neighbourhood(_ step: NeighbourhoodStep, _ input: State) throws -> State {
    let state = State(
      rows: try axis(step, step.rows, input.rows),
      columns: try axis(step, step.columns, input.columns))
    rowAlignment = FootprintRule.commonMultiple(rowAlignment, state.rows.pitch)
    columnAlignment = FootprintRule.commonMultiple(columnAlignment, state.columns.pitch)
    return state
  }

  private func axis(_ step: NeighbourhoodStep, _ rule: AxisRule, _ input: Axis) throws -> Axis {
    let reach = try step.reach(rule, input.count)
    let whole = try step.reach(rule, input.whole)
    guard reach.readsAs(whole), let origin = reach.outputOrigin(input.origin) else {
      throw step.misaligned(
        "a tile of \(input.count) of \(input.whole) positions from \(input.origin) on does not "
          + "divide by its stride")
    }
    var output = Axis(count: reach.count, origin: origin, whole: whole.count)
    switch reach.rate {
    case .shrink(let stride): output.pitch = input.pitch * stride
    case .grow(let factor):
      guard input.pitch % factor == 0 else {
        throw step.misaligned("its output is finer than the network's input")
      }
      output.pitch = input.pitch / factor
    }
    guard output.pitch < 1 << 20, output.count > 0 else {
      throw step.misaligned("nothing is left of the tile")
    }
    let beginsWhole = input.origin == 0 && input.valid.lowerBound == 0
    let endsWhole =
      input.origin + input.count == input.whole && input.valid.upperBound == input.count
    if endsWhole, origin + output.count != whole.count {
      throw step.misaligned("the tile's end does not divide as the picture's")
    }
    var (first, end) = (0, output.count)
    if !beginsWhole {
      while first < end, reach.reads(first..<first + 1).lowerBound < input.valid.lowerBound {
        first += 1
      }
    }
    if !endsWhole {
      while end > first, reach.reads(end - 1..<end).upperBound > input.valid.upperBound { end -= 1 }
    }
    output.valid = first..<end
    return output
  }

  func merged(_ states: [State], node: Graph.Node) throws -> State {
    var result = states[0]
    for state in states.dropFirst() {
      result.rows = try merge(result.rows, state.rows, node)
      result.columns = try merge(result.columns, state.columns, node)
    }
    return result
  }

  private func merge(_ a: Axis, _ b: Axis, _ node: Graph.Node) throws -> Axis {
    guard a.count == b.count, a.origin == b.origin, a.whole == b.whole, a.pitch == b.pitch else {
      throw RegionError.misaligned(
        node: node.name, operation: node.operation.name,
        reason: "the tile has different sizes on its inputs")
    }
    var result = a
    result.valid = a.valid.clamped(to: b.valid)
    return result
  }
}
