extension Passes {
  /// Replaces the spelt-out forms of activations by one node each:
  /// `x * sigmoid(x)`, `x * hardSigmoid(x)`, `x * clip(x + 3, 0, 6) / 6`, `x * tanh(softplus(x))`,
  /// `0.5 * x * (1 + erf(x / sqrt 2))`, and `Clip` with constant bounds.
  @Sendable static func recogniseActivations(_ graph: inout ShapedGraph) throws {
    let makers = graph.makers()
    for position in graph.graph.nodes.indices {
      let node = graph.graph.nodes[position]
      guard graph.type(of: node.outputs[0]).elementType == .float32 else { continue }
      let matcher = ActivationMatcher(graph: graph, makers: makers)
      if let (input, function) = matcher.match(node) {
        graph.graph.nodes[position].operation = Activation(function: function)
        graph.graph.nodes[position].inputs = [input]
      }
    }
  }
}

/// Finds activations that exporters spell out in elementary operators.
private struct ActivationMatcher {
  typealias ValueID = Graph.ValueID
  let graph: ShapedGraph
  let makers: [ValueID: Int]

  func match(_ node: Graph.Node) -> (ValueID, ActivationFunction)? {
    if node.operation is Clip { return clip(node) }
    guard let binary = node.operation as? ElementwiseBinary, node.inputs.count == 2,
      let left = node.inputs[0], let right = node.inputs[1]
    else { return nil }
    switch binary.function {
    case .multiply: return gated(left, right) ?? gated(right, left) ?? scaled(left, right)
    case .divide:
      guard scalar(right) == 6, let product = producer(of: left),
        let (x, gate) = operands(product, .multiply)
      else { return nil }
      return hardSwish(x, gate) ?? hardSwish(gate, x)
    default: return nil
    }
  }

  /// `x * gate(x)`
  private func gated(_ x: ValueID, _ gate: ValueID) -> (ValueID, ActivationFunction)? {
    guard let maker = producer(of: gate) else { return nil }
    if let activation = maker.operation as? Activation, let inner = maker.inputs[0] {
      if inner == x {
        switch activation.function {
        case .sigmoid: return (x, .silu)
        case .hardSigmoid(let alpha, let beta)
        where abs(alpha - 1 / 6) < 1e-6 && abs(beta - 0.5) < 1e-6:
          return (x, .hardSwish)
        default: return nil
        }
      }
      if activation.function == .tanh, let softplus = producer(of: inner),
        (softplus.operation as? Activation)?.function == .softplus, softplus.inputs[0] == x
      {
        return (x, .mish)
      }
    }
    if let (sum, divisor) = operands(maker, .divide), scalar(divisor) == 6, clips(sum, from: x) {
      return (x, .hardSwish)
    }
    return nil
  }

  /// `x * clip(x + 3, 0, 6)`, to be divided by 6
  private func hardSwish(_ x: ValueID, _ gate: ValueID) -> (ValueID, ActivationFunction)? {
    clips(gate, from: x) ? (x, .hardSwish) : nil
  }

  /// Whether `value` is `clip(x + 3, 0, 6)`.
  private func clips(_ value: ValueID, from x: ValueID) -> Bool {
    guard let maker = producer(of: value), let sum = maker.inputs[0] else { return false }
    let bounds =
      (maker.operation as? Activation)?.function ?? (maker.operation is Clip ? clip(maker)?.1 : nil)
    guard bounds == .clip(min: 0, max: 6), let add = producer(of: sum),
      let (left, right) = operands(add, .add)
    else { return false }
    return (left == x && scalar(right) == 3) || (right == x && scalar(left) == 3)
  }

  /// `(x * (1 + erf(x / sqrt 2))) * 0.5` and `x * 0.5 * (1 + erf(x / sqrt 2))` in either order.
  private func scaled(_ left: ValueID, _ right: ValueID) -> (ValueID, ActivationFunction)? {
    for (product, half) in [(left, right), (right, left)] where scalar(half) == 0.5 {
      guard let maker = producer(of: product), let (a, b) = operands(maker, .multiply) else {
        continue
      }
      if isOnePlusErf(b, of: a) { return (a, .gelu) }
      if isOnePlusErf(a, of: b) { return (b, .gelu) }
    }
    for (scaled, gate) in [(left, right), (right, left)] {
      guard let maker = producer(of: scaled), let (a, b) = operands(maker, .multiply) else {
        continue
      }
      if scalar(b) == 0.5, isOnePlusErf(gate, of: a) { return (a, .gelu) }
      if scalar(a) == 0.5, isOnePlusErf(gate, of: b) { return (b, .gelu) }
    }
    return nil
  }

  private func isOnePlusErf(_ value: ValueID, of x: ValueID) -> Bool {
    guard let add = producer(of: value), let (a, b) = operands(add, .add) else { return false }
    let erfValue = scalar(b) == 1 ? a : scalar(a) == 1 ? b : nil
    guard let erfValue, let erf = producer(of: erfValue),
      (erf.operation as? ElementwiseUnary)?.function == .erf, let argument = erf.inputs[0],
      let scale = producer(of: argument)
    else { return false }
    if let (numerator, divisor) = operands(scale, .divide), numerator == x {
      return abs((scalar(divisor) ?? 0) - 2.squareRoot()) < 1e-5
    }
    if let (a, b) = operands(scale, .multiply) {
      let factor = a == x ? scalar(b) : b == x ? scalar(a) : nil
      return abs((factor ?? 0) - 0.5.squareRoot()) < 1e-5
    }
    return false
  }

  private func clip(_ node: Graph.Node) -> (ValueID, ActivationFunction)? {
    guard let input = node.inputs[0] else { return nil }
    func bound(_ index: Int, _ missing: Float) -> Float? {
      guard index < node.inputs.count, let value = node.inputs[index] else { return missing }
      return scalar(value).map(Float.init)
    }
    guard let minimum = bound(1, -.infinity), let maximum = bound(2, .infinity) else { return nil }
    return (input, .clip(min: minimum, max: maximum))
  }

  private func producer(of value: ValueID) -> Graph.Node? {
    makers[value].map { graph.graph.nodes[$0] }
  }

  private func operands(
    _ node: Graph.Node, _ function: ElementwiseBinary.Function
  ) -> (ValueID, ValueID)? {
    guard (node.operation as? ElementwiseBinary)?.function == function,
      node.inputs.count == 2, let left = node.inputs[0], let right = node.inputs[1]
    else { return nil }
    return (left, right)
  }

  private func scalar(_ value: ValueID) -> Double? {
    guard let constant = graph.graph.constants[value], constant.count == 1,
      constant.elementType == .float32
    else { return nil }
    return Double(constant.floats()[0])
  }
}
