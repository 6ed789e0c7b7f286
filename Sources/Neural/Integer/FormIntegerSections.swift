extension Passes {
  /// What lies between `DequantizeLinear` and `QuantizeLinear` and has integer kernels becomes
  /// `IntegerSection`; dequantised constants that are left become numbers.
  @Sendable static func formIntegerSections(_ graph: inout ShapedGraph) throws {
    if graph.graph.nodes.contains(where: {
      $0.operation is DequantizeLinear || $0.operation is QuantizedConvolution
    }) {
      try IntegerSectionForming(graph).apply(to: &graph)
      try foldDequantizedConstants(&graph)
    }
  }

  private static func foldDequantizedConstants(_ graph: inout ShapedGraph) throws {
    var positions: Set<Int> = []
    for (position, node) in graph.graph.nodes.enumerated()
    where node.operation is DequantizeLinear {
      let inputs = node.inputs.map { $0.flatMap { graph.graph.constants[$0] } }
      guard zip(node.inputs, inputs).allSatisfy({ $0 == nil || $1 != nil }) else { continue }
      graph.graph.constants[node.outputs[0]] = try node.operation.evaluate(inputs)[0]
      positions.insert(position)
    }
    graph.removeNodes(at: positions)
  }
}

/// Groups integer values into sections that can each run as a whole.
private struct IntegerSectionForming {
  typealias ValueID = Graph.ValueID

  let values: QuantizedValues
  private var definitions: [ValueID: IntegerDefinition] = [:]
  private var meanings: [ValueID: QuantizedValues.Meaning] = [:]
  /// A section depends only on numbers that follow from sections of lower levels.
  private var levels: [ValueID: Int] = [:]
  private var numberLevels: [ValueID: Int] = [:]

  init(_ graph: ShapedGraph) throws {
    values = QuantizedValues(graph)
    var tables: [ValueID: (of: ValueID, table: [UInt8])] = [:]
    for node in graph.graph.nodes {
      let output = node.outputs[0]
      if let meaning = values.written(by: node, meanings) {
        meanings[output] = meaning
        let made =
          node.operation is QuantizeLinear
          ? try values.definition(of: node, meaning, tables: tables)
          : try values.integerDefinition(of: node, meaning)
        if let made {
          definitions[output] = made
          if case .table = made.operation, let table = made.table {
            tables[output] = (made.operands[0], table)
          }
          levels[output] = made.operands.reduce(0) { level, operand in
            if let inner = levels[operand] { return max(level, inner) }
            return max(level, (numberLevels[operand] ?? -1) + 1)
          }
          continue
        }
      }
      let level = node.inputs.reduce(-1) { level, value in
        guard let value else { return level }
        return max(level, levels[value] ?? numberLevels[value] ?? -1)
      }
      for output in node.outputs { numberLevels[output] = level }
    }
  }

  func apply(to graph: inout ShapedGraph) throws {
    guard !definitions.isEmpty else { return }
    let (live, inner, outer) = reached()
    var sections: [Int: [ValueID]] = [:]
    for node in graph.graph.nodes {
      let output = node.outputs[0]
      if inner.contains(output), let level = levels[output] {
        sections[level, default: []].append(output)
      }
    }
    // Numbers of a level come after its section and before the next.
    var ordered: [(key: Int, node: Graph.Node)] = []
    for node in graph.graph.nodes where node.outputs.contains(where: live.contains) {
      ordered.append((2 * (numberLevels[node.outputs[0]] ?? -1) + 1, node))
    }
    for (level, members) in sections {
      ordered.append((2 * level, try section(members, outer, graph)))
    }
    graph.graph.nodes = ordered.enumerated().sorted {
      ($0.element.key, $0.offset) < ($1.element.key, $1.offset)
    }.map(\.element.node)
  }

  /// Numbers that are needed, integer values that are, and which of these others than their own
  /// section read.
  private func reached() -> (live: Set<ValueID>, inner: Set<ValueID>, outer: Set<ValueID>) {
    var (live, inner, outer): (Set<ValueID>, Set<ValueID>, Set<ValueID>) = ([], [], [])
    var pending = values.graph.graph.outputs.map { (value: $0.value, level: -1) }
    while let (value, level) = pending.popLast() {
      if let definition = definitions[value], let own = levels[value] {
        if level != own { outer.insert(value) }
        guard inner.insert(value).inserted else { continue }
        pending += definition.operands.map { ($0, own) }
      } else if live.insert(value).inserted, let node = values.maker(value) {
        for output in node.outputs { live.insert(output) }
        pending += node.inputs.compactMap { $0.map { ($0, -1) } }
      }
    }
    return (live, inner, outer)
  }

  private func section(
    _ members: [ValueID], _ outer: Set<ValueID>, _ graph: ShapedGraph
  ) throws -> Graph.Node {
    let inside = Set(members)
    var section = SectionBuilder(values)
    let outputs = members.filter(outer.contains)
    // A value whose only reader is a table is never written: its step applies the table.
    var readers: [ValueID: [ValueID]] = [:]
    for member in members {
      for operand in definitions[member]!.operands { readers[operand, default: []].append(member) }
    }
    var fused: [ValueID: ValueID] = [:]
    for (value, list) in readers
    where list.count == 1 && inside.contains(value) && !outer.contains(value) {
      guard case .table = definitions[list[0]]!.operation, let own = definitions[value] else {
        continue
      }
      switch own.operation {
      case .convolution, .binary, .maxPool, .resize: fused[list[0]] = value
      case .table, .place, .channels: break
      }
    }
    let hidden = Set(fused.values)
    for member in members where !hidden.contains(member) {
      if let source = fused[member] {
        try section.add(
          definitions[source]!, meaning: meanings[source]!, output: member,
          outputMeaning: meanings[member]!, after: definitions[member]!.table)
      } else {
        try section.add(
          definitions[member]!, meaning: meanings[member]!, output: member,
          outputMeaning: meanings[member]!, after: nil)
      }
    }
    return try section.node(members, outputs: outputs, graph)
  }
}
