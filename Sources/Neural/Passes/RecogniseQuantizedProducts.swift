extension Passes {
  /// Products of 8-bit integers outside integer sections become products of the numbers that they
  /// stand for, which the fast kernels take.
  ///
  /// `DynamicQuantizeLinear` and the `MatMulInteger` or `ConvInteger` after it, converted to Float32,
  /// become `DynamicRounding` and a product with the weights less their zero point: whole numbers
  /// whose sums are exact up to 2^24 and within 6e-8 beyond. `QLinearMatMul` and `QLinearConv`
  /// become what defines them: the product between `DequantizeLinear` and `QuantizeLinear`; a result
  /// may fall to the neighbouring step where it lies halfway.
  @Sendable static func recogniseQuantizedProducts(_ graph: inout ShapedGraph) throws {
    let hasAny = graph.graph.nodes.contains {
      $0.operation is QuantizedMatMul || $0.operation is QuantizedConvolution
    }
    guard hasAny else { return }
    var rewriting = QuantizedProducts(graph)
    try rewriting.run()
    graph = rewriting.graph
  }
}

/// One run of the pass: the new list of nodes as it grows.
private struct QuantizedProducts {
  typealias ValueID = Graph.ValueID

  var graph: ShapedGraph
  private let makers: [ValueID: Int]
  private let readers: [ValueID: [Int]]
  private var nodes: [Graph.Node] = []
  /// What takes a value's place.
  private var replacements: [ValueID: ValueID] = [:]
  private var removed: Set<Int> = []
  /// The rounded numbers of each `DynamicQuantizeLinear`, by position.
  private var rounded: [Int: ValueID] = [:]

  init(_ graph: ShapedGraph) {
    self.graph = graph
    makers = graph.makers()
    readers = graph.readers()
  }

  mutating func run() throws {
    for (position, node) in graph.graph.nodes.enumerated() where !removed.contains(position) {
      switch node.operation {
      case is DynamicQuantizeLinear:
        nodes.append(node)
        round(node, at: position)
      case let product as QuantizedMatMul:
        let isDone =
          product.requantizes
          ? try requantized(node, MatMul()) : try dynamic(node, MatMul(), perChannel: nil)
        if !isDone { nodes.append(node) }
      case let product as QuantizedConvolution:
        let isDone =
          product.requantizes
          ? try requantized(node, product.geometry)
          : try dynamic(node, product.geometry, perChannel: 0)
        if !isDone { nodes.append(node) }
      default: nodes.append(node)
      }
    }
    graph.graph.nodes = nodes
    graph.replace(replacements)
  }

  private func type(_ value: ValueID) -> TensorType { graph.type(of: value) }

  private func constant(_ value: ValueID?) -> Tensor? {
    value.flatMap { graph.graph.constants[$0] }
  }

  private func input(_ node: Graph.Node, _ index: Int) -> ValueID? {
    node.inputs.indices.contains(index) ? node.inputs[index] : nil
  }

  private mutating func value(_ name: String, _ type: TensorType) -> ValueID {
    graph.addValue(name: name, type: type)
  }

  private mutating func append(
    _ operation: any Operator, _ name: String, _ inputs: [ValueID?], _ shape: [Int]
  ) -> ValueID {
    let output = value(name, TensorType(.float32, shape))
    nodes.append(
      Graph.Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
    return output
  }

  // MARK: Dynamic

  /// Adds the rounded numbers beside the integers: dead nodes go later.
  private mutating func round(_ node: Graph.Node, at position: Int) {
    guard let x = node.inputs[0], node.outputs.count == 3, type(x).elementType == .float32 else {
      return
    }
    let numbers = value(node.name, TensorType(.float32, type(x).shape))
    let scale = value(node.name, TensorType(.float32, []))
    nodes.append(
      Graph.Node(
        name: node.name, operation: DynamicRounding(), inputs: [x], outputs: [numbers, scale]))
    rounded[position] = numbers
    replacements[node.outputs[1]] = scale
  }

  /// - Parameter perChannel: The axis of the weights' zero points; `nil` for the last.
  private mutating func dynamic(
    _ node: Graph.Node, _ operation: any Operator, perChannel axis: Int?
  ) throws -> Bool {
    guard let a = node.inputs[0], let maker = makers[a], let numbers = rounded[maker],
      graph.graph.nodes[maker].outputs[0] == a,
      graph.graph.nodes[maker].outputs[2] == input(node, 2),
      let weights = constant(node.inputs[1]), weights.count > 0
    else { return false }
    let casts = readers[node.outputs[0]] ?? []
    guard let first = casts.first,
      casts.allSatisfy({ position in
        position < graph.graph.nodes.count
          && (graph.graph.nodes[position].operation as? Cast)?.to == .float32
      }),
      let whole = try numbersOf(weights, less: input(node, 3), axis: axis)
    else { return false }
    let factor = graph.addConstant(whole, name: node.name)
    let result = graph.graph.nodes[first].outputs[0]
    for position in casts {
      removed.insert(position)
      let output = graph.graph.nodes[position].outputs[0]
      if output != result { replacements[output] = result }
    }
    nodes.append(
      Graph.Node(
        name: node.name, operation: operation, inputs: [numbers, factor], outputs: [result]))
    return true
  }

  /// Constant integers less their zero points, times their scales where there are any; `nil` where
  /// those are no constants or no single numbers and no lists along the axis.
  private func numbersOf(
    _ tensor: Tensor, less zero: ValueID?, scale: ValueID? = nil, axis: Int?
  ) throws -> Tensor? {
    let shape = tensor.shape
    let axis = axis ?? shape.count - 1
    guard shape.indices.contains(axis) else { return nil }
    let inner = shape[(axis + 1)...].reduce(1, *)
    func list(_ value: ValueID?) -> Tensor?? {
      guard let value else { return .some(nil) }
      guard let found = constant(value), found.count == 1 || found.shape == [shape[axis]] else {
        return .none
      }
      return .some(found)
    }
    guard let zeros = list(zero), let scales = list(scale) else { return nil }
    let whole = try tensor.integers(
      less: try zeros?.integers() ?? [], every: max(inner, 1), of: shape[axis])
    let factors = scales?.floats() ?? [1]
    return try Tensor(.float32, shape: shape, as: Float.self) { output in
      for i in whole.indices {
        let factor = factors[factors.count == 1 ? 0 : i / inner % shape[axis]]
        output[i] = Float(whole[i]) * factor
      }
    }
  }

  // MARK: Quantised again

  /// Inputs: a, its scale, its zero point, b, its scale, its zero point, the result's scale and zero
  /// point, bias? of a convolution.
  private mutating func requantized(_ node: Graph.Node, _ operation: any Operator) throws -> Bool {
    guard let a = node.inputs[0], let b = node.inputs[3], let scaleA = constant(node.inputs[1]),
      let scaleB = constant(node.inputs[4]), constant(node.inputs[6])?.count == 1,
      scaleA.count == 1
    else { return false }
    let isConvolution = operation is Convolution
    var second: ValueID
    if let weights = constant(b) {
      guard weights.count > 0,
        let numbers = try numbersOf(
          weights, less: node.inputs[5], scale: node.inputs[4], axis: isConvolution ? 0 : nil)
      else { return false }
      second = graph.addConstant(numbers, name: node.name)
    } else {
      guard scaleB.count == 1, !isConvolution else { return false }
      second = append(
        DequantizeLinear(axis: 0), node.name, [b, node.inputs[4], node.inputs[5]], type(b).shape)
    }
    let first = append(
      DequantizeLinear(axis: 0), node.name, [a, node.inputs[1], node.inputs[2]], type(a).shape)
    var operands: [ValueID?] = [first, second]
    if let bias = input(node, 8) {
      guard let numbers = constant(bias) else { return false }
      let (step, steps) = (scaleA.floats()[0], scaleB.floats())
      let whole = try numbers.integers()
      let addends = whole.indices.map {
        Float(whole[$0]) * (step * steps[steps.count == 1 ? 0 : $0])
      }
      operands.append(graph.addConstant(try Tensor(addends, shape: numbers.shape), name: node.name))
    }
    let product = append(operation, node.name, operands, type(node.outputs[0]).shape)
    nodes.append(
      Graph.Node(
        name: node.name,
        operation: QuantizeLinear(axis: 0, elementType: type(node.outputs[0]).elementType),
        inputs: [product, node.inputs[6], node.inputs[7]], outputs: node.outputs))
    return true
  }
}
