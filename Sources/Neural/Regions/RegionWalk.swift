/// What is followed through a network along the two spatial axes of each of its maps.
protocol RegionRule {
  /// What is known of one map.
  associatedtype State: Equatable

  /// The state of an output that reads neighbourhoods of an input.
  mutating func neighbourhood(_ step: NeighbourhoodStep, _ input: State) throws -> State

  /// The state of a value made of several, position by position.
  func merged(_ states: [State], node: Graph.Node) throws -> State
}

/// An operator that reads neighbourhoods, as a rule sees it.
struct NeighbourhoodStep {
  /// In `graph.nodes`.
  var position: Int
  var node: Graph.Node
  var rows: AxisRule
  var columns: AxisRule
  /// What positions outside the input count as; `nil` where there are none.
  var border: Float?
  /// Whether each picture of a canvas is worked on by itself (`PerPicture`), without a look beyond.
  var isConfined: Bool { node.operation is MaxPool }
  /// The input's size.
  var rowCount: Int
  var columnCount: Int

  func misaligned(_ reason: String) -> RegionError {
    .misaligned(node: node.name, operation: node.operation.name, reason: reason)
  }

  /// The reach along one axis, the operator's own refusals as misalignments.
  func reach(_ rule: AxisRule, _ size: Int) throws -> AxisReach {
    do {
      return try rule.reach(size)
    } catch let error as OperatorError {
      throw misaligned(error.description)
    }
  }
}

/// Follows a rule from a network's input to all its values.
struct RegionWalk<Rule: RegionRule> {
  typealias ValueID = Graph.ValueID

  /// Where a value's positions lie, and the map they are from.
  struct Place {
    var layout: SpatialLayout
    /// In `maps`; means nothing for cells, whose parts have their own.
    var map: Int
  }

  private(set) var rule: Rule
  private(set) var maps: [Rule.State] = []
  private(set) var places: [ValueID: Place] = [:]
  /// By the node's position.
  private(set) var steps: [Int: NeighbourhoodStep] = [:]

  /// - Parameters:
  ///   - graph: One input `[N, C, rows, columns]`.
  ///   - start: The state of the input.
  /// - Throws: `RegionError`.
  init(_ graph: ShapedGraph, rule: Rule, start: Rule.State) throws {
    self.rule = rule
    guard graph.graph.inputs.count == 1, let input = graph.graph.inputs.first,
      graph.type(of: input.value).shape.count == 4
    else {
      throw RegionError.unsuitable("the network does not take one picture [N, C, rows, columns]")
    }
    maps.append(start)
    places[input.value] = Place(layout: .map(rows: 2), map: 0)
    for (position, node) in graph.graph.nodes.enumerated() {
      try follow(node, at: position, in: graph)
    }
    for output in graph.graph.outputs where places[output.value] == nil {
      throw RegionError.unsuitable("output \(output.name) does not depend on the picture")
    }
  }

  private mutating func follow(
    _ node: Graph.Node, at position: Int, in graph: ShapedGraph
  ) throws {
    let inputs = node.inputs.compactMap { $0 }
    let spatial = inputs.filter { places[$0] != nil }
    guard let first = spatial.first, let place = places[first] else { return }
    func refuse(_ reason: String) -> RegionError {
      .mixesPositions(node: node.name, operation: node.operation.name, reason: reason)
    }
    guard inputs.allSatisfy({ places[$0] != nil || graph.graph.constants[$0] != nil }) else {
      throw refuse("it reads a value that has no place in the picture")
    }
    let takesAny = node.operation is ElementwiseBinary || node.operation is Where
    guard takesAny || inputs.first == first else {
      throw refuse("the picture is not its first input")
    }
    let rank = graph.type(of: first).shape.count
    guard !takesAny || graph.type(of: node.outputs[0]).shape.count == rank else {
      throw refuse("it adds axes before those of the picture")
    }
    let role = try SpatialRole(node, in: graph, layout: place.layout, map: place.map)
    var result: Place
    switch role {
    case .moved(let layout): result = Place(layout: layout, map: place.map)
    case .pointwise, .joined:
      result = try merge(spatial, node)
    case .appended:
      guard spatial.count == inputs.count else { throw refuse("it appends a constant") }
      result = try append(spatial.map { self.place(of: $0) }, node)
    case .neighbourhood(let rows, let columns, let border):
      guard case .map(let row) = place.layout else { throw refuse("it reads a list of cells") }
      let shape = graph.type(of: first).shape
      let step = NeighbourhoodStep(
        position: position, node: node, rows: rows, columns: columns, border: border,
        rowCount: shape[row], columnCount: shape[row + 1])
      steps[position] = step
      maps.append(try rule.neighbourhood(step, maps[place.map]))
      result = Place(layout: place.layout, map: maps.count - 1)
      if spatial.count > 1 {
        // A fused sum: the others lie as the result does.
        result = try merge([result] + spatial.dropFirst().map { self.place(of: $0) }, node)
      }
    }
    for output in node.outputs { places[output] = result }
  }

  private func place(of value: ValueID) -> Place {
    guard let place = places[value] else { preconditionFailure("a value without a place") }
    return place
  }

  /// Cells of several values, one after another along their axis.
  private func append(_ places: [Place], _ node: Graph.Node) throws -> Place {
    var axes: Set<Int> = []
    var parts: [SpatialLayout.CellPart] = []
    for place in places {
      if case .cells(let axis, let more) = place.layout {
        axes.insert(axis)
        parts += more
      }
    }
    guard let axis = axes.first, axes.count == 1, parts.count >= places.count else {
      throw RegionError.mixesPositions(
        node: node.name, operation: node.operation.name,
        reason: "its inputs have their positions in different places")
    }
    return Place(layout: .cells(axis: axis, parts: parts), map: places[0].map)
  }

  private mutating func merge(_ values: [ValueID], _ node: Graph.Node) throws -> Place {
    try merge(values.map(place(of:)), node)
  }

  /// One place for values that are combined position by position.
  private mutating func merge(_ places: [Place], _ node: Graph.Node) throws -> Place {
    guard var result = places.first else { preconditionFailure("nothing to merge") }
    func refuse() -> RegionError {
      .mixesPositions(
        node: node.name, operation: node.operation.name,
        reason: "its inputs have their positions in different places")
    }
    for other in places.dropFirst() {
      switch (result.layout, other.layout) {
      case (.map(let row), .map(let otherRow)):
        guard row == otherRow else { throw refuse() }
        result.map = try merge(result.map, other.map, node)
      case (.cells(let axis, var parts), .cells(let otherAxis, let otherParts)):
        guard axis == otherAxis, parts.count == otherParts.count else { throw refuse() }
        for index in parts.indices {
          var renamed = otherParts[index]
          renamed.map = parts[index].map
          guard renamed == parts[index] else { throw refuse() }
          parts[index].map = try merge(parts[index].map, otherParts[index].map, node)
        }
        result.layout = .cells(axis: axis, parts: parts)
      default: throw refuse()
      }
    }
    return result
  }

  private mutating func merge(_ a: Int, _ b: Int, _ node: Graph.Node) throws -> Int {
    if a == b || maps[a] == maps[b] { return a }
    maps.append(try rule.merged([maps[a], maps[b]], node: node))
    return maps.count - 1
  }

  /// The states of the maps on a value, in the order in which they lie there.
  func states(of value: ValueID) -> [Rule.State] {
    let place = place(of: value)
    switch place.layout {
    case .map: return [maps[place.map]]
    case .cells(_, let parts): return parts.map { maps[$0.map] }
    }
  }

  /// How to cut the regions of `states` out of a value.
  func crop(
    of value: ValueID, shape: [Int], _ regions: (Rule.State) -> SpatialRegion
  ) -> RegionCrop {
    let place = place(of: value)
    switch place.layout {
    case .map(let row):
      return RegionCrop(
        shape: shape, axes: row..<row + 2,
        parts: [
          RegionCrop.Part(
            outer: 1, rows: shape[row], columns: shape[row + 1], inner: 1,
            region: regions(maps[place.map]))
        ])
    case .cells(let axis, let parts):
      return RegionCrop(
        shape: shape, axes: axis..<axis + 1,
        parts: parts.map {
          RegionCrop.Part(
            outer: $0.outer, rows: $0.rows, columns: $0.columns, inner: $0.inner,
            region: regions(maps[$0.map]))
        })
    }
  }
}
