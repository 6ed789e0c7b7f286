/// How an integer value of a graph follows from other integer values.
struct IntegerDefinition {
  typealias ValueID = Graph.ValueID

  var name: String
  var operation: IntegerSection.Operation
  /// Integer values, and what they stand for here.
  var operands: [ValueID]
  var meanings: [QuantizedValues.Meaning]
  /// For `place` only: the first channel of each operand.
  var firstChannels: [Int] = []
  var table: [UInt8]?
  var multiplyAdds = 0
}

extension QuantizedValues {
  /// How the integers that a `QuantizeLinear` writes follow from other integers; `nil` where they do
  /// not, or not in a way that has a kernel.
  ///
  /// - Parameter tables: The values found to be tables of others so far.
  func definition(
    of node: Graph.Node, _ meaning: Meaning, tables: [ValueID: (of: ValueID, table: [UInt8])]
  ) throws -> IntegerDefinition? {
    guard let number = node.inputs[0], let made = maker(number), isPicture(node.outputs[0]) else {
      return nil
    }
    switch made.operation {
    case let operation as Convolution: return try convolution(made, operation, meaning)
    case let operation as MaxPool:
      guard let (source, from) = read(made.inputs[0]), isPicture(source) else { return nil }
      let pads = try operation.padding(inputShape: graph.type(of: source).shape).begin
      let window = IntegerSection.Window(
        kernel: operation.kernel, strides: operation.strides, dilations: operation.dilations,
        pads: pads)
      return IntegerDefinition(
        name: made.name, operation: .maxPool(window), operands: [source], meanings: [from],
        table: Self.table(from, meaning))
    case let operation as Resize:
      guard operation.mode == .nearest, let (source, from) = read(made.inputs[0]),
        isPicture(source), let places = try places(made, operation, source)
      else { return nil }
      return IntegerDefinition(
        name: made.name, operation: .resize(rows: places.rows, columns: places.columns),
        operands: [source], meanings: [from], table: Self.table(from, meaning))
    case let operation as Concat:
      let sources = made.inputs.map { read($0) }
      guard operation.axis == 1 || operation.axis == -3,
        sources.allSatisfy({ $0 != nil && isPicture($0!.value) })
      else { return nil }
      var first = 0
      var firsts: [Int] = []
      for source in sources.compactMap(\.self) {
        firsts.append(first)
        first += graph.type(of: source.value).shape[1]
      }
      return IntegerDefinition(
        name: made.name, operation: .place(firstChannel: 0),
        operands: sources.compactMap { $0?.value }, meanings: sources.compactMap { $0?.meaning },
        firstChannels: firsts)
    case let operation as Split:
      guard operation.axis == 1 || operation.axis == -3, let (source, from) = read(made.inputs[0]),
        isPicture(source), from == meaning, let index = made.outputs.firstIndex(of: number)
      else { return nil }
      let first = made.outputs[..<index].reduce(0) { $0 + graph.type(of: $1).shape[1] }
      return IntegerDefinition(
        name: made.name, operation: .channels(first: first), operands: [source], meanings: [from])
    case is Slice:
      guard let (source, from) = read(made.inputs[0]), isPicture(source), from == meaning,
        let starts = try constant(input(made, 1))?.integers(),
        let ends = try constant(input(made, 2))?.integers()
      else { return nil }
      let shape = graph.type(of: source).shape
      let ranges = try Slice.resolve(
        shape: shape, starts: starts, ends: ends, axes: try constant(input(made, 3))?.integers(),
        steps: try constant(input(made, 4))?.integers())
      let output = graph.type(of: number).shape
      guard ranges[1].step == 1, output[0] == shape[0], output[2...] == shape[2...],
        [0, 2, 3].allSatisfy({ ranges[$0].start == 0 && ranges[$0].step == 1 })
      else { return nil }
      return IntegerDefinition(
        name: made.name, operation: .channels(first: ranges[1].start), operands: [source],
        meanings: [from])
    case let operation as ElementwiseBinary:
      return try binary(made, operation, meaning, tables)
    case is DequantizeLinear:
      guard let (source, from) = read(number), isPicture(source) else { return nil }
      return IntegerDefinition(
        name: node.name, operation: .table, operands: [source], meanings: [from],
        table: Self.table(from, meaning) ?? Array(0...255))
    default: return try unary(made, meaning)
    }
  }

  /// `[1, C, H, W]` without empty axes.
  func isPicture(_ value: ValueID) -> Bool {
    let shape = graph.type(of: value).shape
    return shape.count == 4 && shape[0] == 1 && shape.allSatisfy { $0 > 0 && $0 <= 1 << 20 }
  }

  /// Integers of one meaning as integers of another; `nil` where they are the same.
  static func table(_ from: Meaning, _ to: Meaning) -> [UInt8]? {
    if from.scale == to.scale && from.zero == to.zero { return nil }
    return from.numbers.map(to.integer)
  }

  /// How the integers of a node that reads integers itself follow from them: `QLinearConv`, and
  /// pooling and resizing, which keep the meaning.
  func integerDefinition(of node: Graph.Node, _ meaning: Meaning) throws -> IntegerDefinition? {
    guard let source = node.inputs[0], isPicture(source), isPicture(node.outputs[0]) else {
      return nil
    }
    switch node.operation {
    case let operation as MaxPool:
      let window = IntegerSection.Window(
        kernel: operation.kernel, strides: operation.strides, dilations: operation.dilations,
        pads: try operation.padding(inputShape: graph.type(of: source).shape).begin)
      return IntegerDefinition(
        name: node.name, operation: .maxPool(window), operands: [source], meanings: [meaning])
    case let operation as Resize:
      guard operation.mode == .nearest, let places = try places(node, operation, source) else {
        return nil
      }
      return IntegerDefinition(
        name: node.name, operation: .resize(rows: places.rows, columns: places.columns),
        operands: [source], meanings: [meaning])
    case let operation as QuantizedConvolution:
      guard let tensor = constant(input(node, 3)), let scale = constant(input(node, 4)),
        let from = self.meaning(
          scale: input(node, 1), zero: input(node, 2), type: graph.type(of: source).elementType),
        let (weights, scales) = weights(
          tensor, scale: scale.floats(), zero: constant(input(node, 5)))
      else { return nil }
      var bias = [Int32](repeating: 0, count: scales.count)
      if let value = input(node, 8) {
        guard let integers = try constant(value)?.integers(), integers.count == bias.count else {
          return nil
        }
        bias = integers.map { Int32(truncatingIfNeeded: $0) }
      }
      return try convolution(
        node, operation.geometry, source, from, meaning, (weights, scales, bias),
        kernel: Array(tensor.shape.dropFirst(2)))
    default: return nil
    }
  }

  private func convolution(
    _ node: Graph.Node, _ operation: Convolution, _ source: ValueID, _ from: Meaning,
    _ meaning: Meaning, _ numbers: (weights: [Int8], scales: [Float], bias: [Int32]), kernel: [Int]
  ) throws -> IntegerDefinition? {
    let shape = graph.type(of: source).shape
    let isDepthwise = operation.groups > 1
    guard kernel.count == 2,
      !isDepthwise || (operation.groups == shape[1] && numbers.scales.count == shape[1])
    else { return nil }
    let window = IntegerSection.Window(
      kernel: kernel, strides: operation.strides, dilations: operation.dilations,
      pads: try operation.padding(inputShape: shape, kernel: kernel).begin)
    return IntegerDefinition(
      name: node.name,
      operation: .convolution(
        window, weights: numbers.weights, bias: numbers.bias,
        factors: numbers.scales.map { from.scale * $0 / meaning.scale }, isDepthwise: isDepthwise),
      operands: [source], meanings: [from], multiplyAdds: graph.multiplyAdds(of: node))
  }

  private func convolution(
    _ node: Graph.Node, _ operation: Convolution, _ meaning: Meaning
  ) throws -> IntegerDefinition? {
    guard operation.activation == .identity, operation.residual == .none,
      let (source, from) = read(node.inputs[0]), isPicture(source),
      let (weights, scales) = weights(input(node, 1)), let w = input(node, 1)
    else { return nil }
    let steps = scales.map { Double(from.scale) * Double($0) }
    guard let bias = bias(input(node, 2), steps: steps) else { return nil }
    return try convolution(
      node, operation, source, from, meaning, (weights, scales, bias),
      kernel: Array(graph.type(of: w).shape.dropFirst(2)))
  }

  /// Which row and column each one of the output shows, read off pictures of row and column numbers.
  private func places(
    _ node: Graph.Node, _ operation: Resize, _ source: ValueID
  ) throws -> (rows: [Int32], columns: [Int32])? {
    let shape = graph.type(of: source).shape
    let output = graph.type(of: node.outputs[0]).shape
    guard output[0] == 1, output[1] == shape[1] else { return nil }
    let plane = shape[2] * shape[3]
    func run(_ number: (Int) -> Int) throws -> [Float] {
      let picture = try Tensor(
        (0..<shape[1] * plane).map { Float(number($0 % plane)) }, shape: shape)
      let inputs = node.inputs.enumerated().map { $0 == 0 ? picture : constant($1) }
      return try node.operation.evaluate(inputs)[0].floats()
    }
    let rows = try run { $0 / shape[3] }
    let columns = try run { $0 % shape[3] }
    return (
      (0..<output[2]).map { Int32(rows[$0 * output[3]]) },
      (0..<output[3]).map { Int32(columns[$0]) }
    )
  }

  private func binary(
    _ node: Graph.Node, _ operation: ElementwiseBinary, _ meaning: Meaning,
    _ tables: [ValueID: (of: ValueID, table: [UInt8])]
  ) throws -> IntegerDefinition? {
    guard let (a, aMeaning) = read(node.inputs[0]), let (b, bMeaning) = read(node.inputs[1]),
      isPicture(a), isPicture(b)
    else { return try unary(node, meaning) }
    let identity = [UInt8](0...255)
    // Both from one value: a table of it.
    var common: (of: ValueID, a: [UInt8], b: [UInt8])?
    if a == b { common = (a, identity, identity) }
    if let table = tables[b], table.of == a { common = (a, identity, table.table) }
    if let table = tables[a], table.of == b { common = (b, table.table, identity) }
    if let first = tables[a], let second = tables[b], first.of == second.of {
      common = (first.of, first.table, second.table)
    }
    if let common {
      let (left, right) = (aMeaning.numbers, bMeaning.numbers)
      let inputs = [
        try Tensor(common.a.map { left[Int($0)] }, shape: [256]),
        try Tensor(common.b.map { right[Int($0)] }, shape: [256]),
      ]
      let results = try operation.evaluate(inputs)[0].floats()
      return IntegerDefinition(
        name: node.name, operation: .table, operands: [common.of],
        meanings: [aMeaning], table: results.map(meaning.integer))
    }
    guard operation.function == .add || operation.function == .multiply,
      graph.type(of: a).shape == graph.type(of: b).shape
    else { return nil }
    return IntegerDefinition(
      name: node.name, operation: .binary(multiplies: operation.function == .multiply),
      operands: [a, b], meanings: [aMeaning, bMeaning])
  }

  /// Any operator that maps each number on its own, with constants besides.
  private func unary(_ node: Graph.Node, _ meaning: Meaning) throws -> IntegerDefinition? {
    let isElementwise =
      node.operation is Activation || node.operation is ElementwiseUnary
      || node.operation is Clip || node.operation is ElementwiseBinary
    guard isElementwise, node.outputs.count == 1 else { return nil }
    var source: (value: ValueID, meaning: Meaning)?
    var inputs: [Tensor?] = []
    for value in node.inputs {
      guard let value else {
        inputs.append(nil)
        continue
      }
      if let constant = constant(value) ?? dequantized(value) {
        guard constant.count == 1 else { return nil }
        inputs.append(try constant.reshaped([]))
      } else if source == nil, let found = read(value), isPicture(found.value) {
        source = found
        inputs.append(try Tensor(found.meaning.numbers, shape: [256]))
      } else {
        return nil
      }
    }
    guard let source, graph.type(of: source.value).shape == graph.type(of: node.outputs[0]).shape
    else { return nil }
    let results = try node.operation.evaluate(inputs)[0]
    guard results.count == 256, results.elementType == .float32 else { return nil }
    return IntegerDefinition(
      name: node.name, operation: .table, operands: [source.value], meanings: [source.meaning],
      table: results.floats().map(meaning.integer))
  }

  /// The value of a `DequantizeLinear` of a constant.
  private func dequantized(_ value: ValueID) -> Tensor? {
    guard let node = maker(value), node.operation is DequantizeLinear,
      node.inputs.allSatisfy({ $0 == nil || constant($0) != nil })
    else { return nil }
    return try? node.operation.evaluate(node.inputs.map { constant($0) }).first
  }
}
