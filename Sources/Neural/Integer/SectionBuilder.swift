/// Puts the steps of one integer section together.
struct SectionBuilder {
  typealias ValueID = Graph.ValueID

  private let values: QuantizedValues
  private var section: [IntegerSection.Value] = []
  private var steps: [IntegerSection.Step] = []
  private var numbers: [ValueID: Int] = [:]
  private var inputs: [ValueID] = []

  init(_ values: QuantizedValues) { self.values = values }

  /// Adds the steps of a definition.
  ///
  /// - Parameters:
  ///   - meaning: Of the integers before the table `after`.
  ///   - after: Applied last.
  mutating func add(
    _ definition: IntegerDefinition, meaning: QuantizedValues.Meaning, output: ValueID,
    outputMeaning: QuantizedValues.Meaning, after: [UInt8]?
  ) throws {
    let operands = zip(definition.operands, definition.meanings).map { number($0, $1) }
    let target = define(output, outputMeaning)
    var table = definition.table
    if let after { table = table?.map { after[Int($0)] } ?? after }
    var step = IntegerSection.Step(
      name: definition.name, operation: definition.operation, inputs: operands, output: target,
      zero: meaning.zero, scale: meaning.scale, table: table, multiplyAdds: definition.multiplyAdds)
    guard case .place = definition.operation else {
      steps.append(step)
      return
    }
    for (index, operand) in operands.enumerated() {
      step.operation = .place(firstChannel: definition.firstChannels[index])
      step.inputs = [operand]
      step.table = QuantizedValues.table(definition.meanings[index], outputMeaning)
      steps.append(step)
    }
  }

  /// The section as a node, its original nodes beside it.
  func node(_ members: [ValueID], outputs: [ValueID], _ graph: ShapedGraph) throws -> Graph.Node {
    var original = Graph()
    original.valueNames = graph.graph.valueNames
    var needed = Set(outputs)
    let given = Set(inputs)
    var nodes: [Graph.Node] = []
    for node in graph.graph.nodes.reversed()
    where node.outputs.contains(where: needed.contains)
      && !node.outputs.contains(where: given.contains)
    {
      needed.formUnion(node.inputs.compactMap(\.self))
      nodes.append(node)
    }
    original.nodes = nodes.reversed()
    original.constants = graph.graph.constants.filter { needed.contains($0.key) }
    original.inputs = inputs.map {
      Graph.Input(
        name: graph.graph.valueNames[$0.index], value: $0,
        elementType: graph.type(of: $0).elementType, dimensions: nil)
    }
    original.outputs = outputs.map {
      Graph.Output(name: graph.graph.valueNames[$0.index], value: $0)
    }
    let operation = IntegerSection(
      values: section, steps: steps, inputs: inputs.map { numbers[$0]! },
      outputs: outputs.map { numbers[$0]! },
      original: Subgraph(
        graph: original, formalCount: inputs.count, declaredOutputs: outputs.map { _ in nil }))
    return Graph.Node(
      name: steps.first?.name ?? "integers", operation: operation, inputs: inputs.map { $0 },
      outputs: outputs)
  }

  /// An operand: a value of the section, or one of its inputs.
  private mutating func number(_ value: ValueID, _ meaning: QuantizedValues.Meaning) -> Int {
    if let known = numbers[value] { return known }
    inputs.append(value)
    return define(value, meaning)
  }

  private mutating func define(_ value: ValueID, _ meaning: QuantizedValues.Meaning) -> Int {
    let shape = values.graph.type(of: value).shape
    section.append(
      IntegerSection.Value(
        channels: shape[1], height: shape[2], width: shape[3], zero: meaning.zero,
        scale: meaning.scale, isSigned: meaning.isSigned))
    numbers[value] = section.count - 1
    return section.count - 1
  }
}
