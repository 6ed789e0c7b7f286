internal import CKernels

extension Softmax: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0], builder.type(input).elementType == .float32 else {
      return false
    }
    let shape = builder.type(input).shape
    let axis = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(axis), shape.allSatisfy({ $0 > 0 }) else { return false }
    let outer = shape[..<axis].reduce(1, *)
    let inner = shape[(axis + 1)...].reduce(1, *)
    let source = builder.planar(input)
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    let isa = builder.isa
    let isLogarithmic: Int32 = logarithmic ? 1 : 0
    builder.emit { memory in
      ck_softmax(
        isa, isLogarithmic, memory.floats(source), memory.floats(target), outer, shape[axis],
        inner)
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}

extension SoftmaxMean: LowerableOperator {
  /// Without moving anything where the axes before this one are its neighbours in memory, too.
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let input = node.inputs[0] else { return false }
    let type = builder.type(node.outputs[0])
    guard type.shape.allSatisfy({ $0 > 0 }) else { return false }
    let axis = axis < 0 ? axis + type.shape.count : axis
    // [outer][length][inner], where the axes after this one may come before it in memory
    var source = builder.view(input)
    var innerAxes = Array((axis + 1)..<type.shape.count)
    var outerAxes = Array(0..<axis)
    while let first = innerAxes.first, innerAxes.count > 1,
      source.permuted(outerAxes + [axis] + innerAxes).contiguous == nil
    {
      outerAxes.append(first)
      innerAxes.removeFirst()
    }
    if let whole = source.permuted(outerAxes + [axis] + innerAxes).contiguous {
      source = PlanarView(whole)
    } else {
      outerAxes = Array(0..<axis)
      innerAxes = Array((axis + 1)..<type.shape.count)
      source = PlanarView(builder.planar(input))
    }
    let outer = outerAxes.reduce(1) { $0 * type.shape[$1] }
    let inner = innerAxes.reduce(1) { $0 * type.shape[$1] }
    let target = builder.makePlanar(type)
    let isa = builder.isa
    let numbers = numbers
    builder.emit { memory in
      ck_softmax_mean(
        isa, memory.floats(source.start), numbers, memory.floats(target), outer, numbers.count,
        inner)
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}

extension Reduction: LowerableOperator {
  private var kernel: ck_reduce_kind? {
    switch function {
    case .sum: CK_REDUCE_SUM
    case .mean: CK_REDUCE_MEAN
    case .maximum: CK_REDUCE_MAX
    case .minimum: CK_REDUCE_MIN
    case .l1: CK_REDUCE_L1
    case .l2: CK_REDUCE_L2
    case .sumSquare: CK_REDUCE_SUM_SQUARE
    default: nil
    }
  }

  /// Axes that lie next to each other are one axis.
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let kernel, let input = node.inputs[0], builder.type(input).elementType == .float32
    else { return false }
    let shape = builder.type(input).shape
    var axes = Array(shape.indices)
    if node.inputs.count > 1, let axesValue = node.inputs[1] {
      guard let given = try builder.constant(axesValue)?.integers(), !given.isEmpty else {
        return false
      }
      axes = Set(given.map { $0 < 0 ? $0 + shape.count : $0 }).sorted()
    } else if emptyAxesIsIdentity {
      return false
    }
    guard let first = axes.first, let last = axes.last, last - first + 1 == axes.count,
      shape.indices.contains(first), shape.indices.contains(last), shape.allSatisfy({ $0 > 0 })
    else { return false }
    let outer = shape[..<first].reduce(1, *)
    let length = shape[first...last].reduce(1, *)
    let inner = shape[(last + 1)...].reduce(1, *)
    let source = builder.planar(input)
    let target = builder.makePlanar(builder.type(node.outputs[0]))
    let isa = builder.isa
    builder.emit { memory in
      ck_reduce(
        isa, kernel, memory.floats(source), memory.floats(target), outer, length, inner)
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}
