/// What an operator does to the positions of a picture.
enum SpatialRole {
  /// Every output position depends on the same position of the inputs alone.
  case pointwise
  /// Every output position reads a bounded neighbourhood; positions outside the input count as
  /// `border`, and with `nil` there must be none.
  case neighbourhood(rows: AxisRule, columns: AxisRule, border: Float?)
  /// Positions stay, their places in the shape change.
  case moved(SpatialLayout)
  /// Values side by side along an axis without positions.
  case joined
  /// Positions appended along their own axis.
  case appended

  /// - Parameters:
  ///   - layout: That of the first input.
  ///   - map: The number of the first input's map.
  /// - Throws: `RegionError.mixesPositions`.
  init(_ node: Graph.Node, in graph: ShapedGraph, layout: SpatialLayout, map: Int) throws {
    let reading = NodeReading(node: node, graph: graph, layout: layout, map: map)
    do {
      self = try reading.role()
    } catch let error as OperatorError {
      throw RegionError.mixesPositions(
        node: node.name, operation: node.operation.name, reason: error.description)
    }
  }
}

/// A node with what its role depends on.
private struct NodeReading {
  let node: Graph.Node
  let graph: ShapedGraph
  let layout: SpatialLayout
  let map: Int

  var shape: [Int] { graph.type(of: node.inputs[0]!).shape }
  var outputShape: [Int] { graph.type(of: node.outputs[0]).shape }

  func refuse(_ reason: String) -> RegionError {
    .mixesPositions(node: node.name, operation: node.operation.name, reason: reason)
  }

  func constant(_ index: Int) -> Tensor? {
    guard index < node.inputs.count, let value = node.inputs[index] else { return nil }
    return graph.graph.constants[value]
  }

  func role() throws -> SpatialRole {
    switch node.operation {
    case is Activation, is ElementwiseUnary, is PRelu, is Cast, is Clip, is Identity,
      is BatchNormalization, is ElementwiseBinary, is Where, is LocalResponseNormalization,
      is MaskGaps:
      try checkConstants()
      return .pointwise
    case let convolution as Convolution: return try window(convolution)
    case let pool as MaxPool: return try window(pool)
    case let pool as AveragePool: return try window(pool)
    case let transposed as ConvolutionTranspose: return try window(transposed)
    case let resize as Resize: return try enlargement(resize)
    case let operation as SpaceToDepth:
      try requireMap()
      return neighbourhood(.block(operation.block), .block(operation.block), border: nil)
    case let operation as DepthToSpace:
      try requireMap()
      return neighbourhood(.enlarge(operation.block), .enlarge(operation.block), border: nil)
    case is Slice: return try slice()
    case let pad as Pad: return try self.pad(pad)
    case is ChannelGather: return .pointwise
    case is Reshape, is Flatten, is Squeeze, is Unsqueeze:
      guard let moved = layout.reshaped(from: shape, to: outputShape, map: map) else {
        throw refuse("\(shapeText(shape)) to \(shapeText(outputShape)) mixes rows and columns")
      }
      return .moved(moved)
    default: return try axisRole()
    }
  }

  /// Operators that work along one axis.
  private func axisRole() throws -> SpatialRole {
    func resolved(_ axis: Int) -> Int { axis < 0 ? axis + shape.count : axis }
    switch node.operation {
    case let transpose as Transpose:
      let permutation = transpose.permutation ?? Array(shape.indices.reversed())
      guard let moved = layout.transposed(permutation) else {
        throw refuse("the order \(permutation) separates rows and columns, or swaps them")
      }
      return .moved(moved)
    case let split as Split:
      try requireOther([resolved(split.axis)])
      return .pointwise
    case let softmax as Softmax:
      try requireOther([resolved(softmax.axis)])
      return .pointwise
    case let extremum as ArgExtremum:
      let axis = resolved(extremum.axis)
      try requireOther([axis])
      return extremum.keepDimensions ? .pointwise : .moved(layout.dropping(axes: [axis]))
    case let reduction as Reduction:
      guard let axes = try constant(1)?.integers(), !axes.isEmpty else {
        throw refuse("it reduces over the whole picture")
      }
      try requireOther(axes.map(resolved))
      return reduction.keepDimensions
        ? .pointwise : .moved(layout.dropping(axes: Set(axes.map(resolved))))
    case let gather as Gather:
      guard let indices = constant(1), indices.shape.count <= 1 else {
        throw refuse("its indices are not a constant vector")
      }
      try requireOther([resolved(gather.axis)])
      return indices.shape.isEmpty
        ? .moved(layout.dropping(axes: [resolved(gather.axis)])) : .pointwise
    case let concat as Concat:
      let axis = resolved(concat.axis)
      if !layout.contains(axis: axis) { return .joined }
      if case .cells = layout { return .appended }
      throw refuse("it joins pictures side by side")
    case is GlobalPool:
      throw refuse("every result depends on the whole picture")
    case is MatMul, is Gemm, is Einsum:
      throw refuse("a matrix product mixes positions (attention, or a dense layer)")
    case is InstanceNormalization, is GroupNormalization, is LayerNormalization,
      is LpNormalization:
      throw refuse("it normalises over the whole picture")
    default:
      throw refuse("it is not known to work position by position")
    }
  }

  // MARK: Windows

  private func neighbourhood(
    _ rows: AxisRule, _ columns: AxisRule, border: Float?
  ) -> SpatialRole {
    .neighbourhood(rows: rows, columns: columns, border: border)
  }

  /// The two axes of a window over `[N, C, H, W]`.
  private func rules(_ window: SpatialWindow) throws -> (rows: AxisRule, columns: AxisRule) {
    try requireMap()
    let axes = window.axes
    guard axes.count == 2 else { throw refuse("it slides over \(axes.count) axes, not two") }
    return (.window(axes[0]), .window(axes[1]))
  }

  private func kernel() throws -> [Int] {
    guard node.inputs.count > 1, let weights = node.inputs[1] else {
      throw refuse("it has no weights")
    }
    guard graph.graph.constants[weights] != nil else { throw refuse("its weights vary") }
    return Array(graph.type(of: weights).shape.dropFirst(2))
  }

  private func window(_ operation: Convolution) throws -> SpatialRole {
    let (rows, columns) = try rules(
      SpatialWindow(
        kernel: kernel(), strides: operation.strides, dilations: operation.dilations,
        padsBegin: operation.padsBegin, padsEnd: operation.padsEnd, autoPad: operation.autoPad))
    return neighbourhood(rows, columns, border: 0)
  }

  private func window(_ operation: MaxPool) throws -> SpatialRole {
    let (rows, columns) = try rules(
      SpatialWindow(
        kernel: operation.kernel, strides: operation.strides, dilations: operation.dilations,
        padsBegin: operation.padsBegin, padsEnd: operation.padsEnd, autoPad: operation.autoPad,
        ceilMode: operation.ceilMode))
    return neighbourhood(rows, columns, border: -.infinity)
  }

  /// A mean counts its places: outside positions must either never occur or count as zeros.
  private func window(_ operation: AveragePool) throws -> SpatialRole {
    let (rows, columns) = try rules(
      SpatialWindow(
        kernel: operation.kernel, strides: operation.strides, dilations: operation.dilations,
        padsBegin: operation.padsBegin, padsEnd: operation.padsEnd, autoPad: operation.autoPad,
        ceilMode: operation.ceilMode))
    let countsZeros = operation.countIncludePad && !operation.ceilMode
    return neighbourhood(rows, columns, border: countsZeros ? 0 : nil)
  }

  private func window(_ operation: ConvolutionTranspose) throws -> SpatialRole {
    try requireMap()
    guard operation.outputShape?.isEmpty ?? true else { throw refuse("its output size is fixed") }
    let axes = SpatialWindow(
      kernel: try kernel(), strides: operation.strides, dilations: operation.dilations,
      padsBegin: operation.padsBegin, padsEnd: operation.padsEnd, autoPad: operation.autoPad
    ).axes
    guard axes.count == 2 else { throw refuse("it slides over \(axes.count) axes, not two") }
    return neighbourhood(
      .transposed(axes[0], outputPadding: operation.outputPadding[0]),
      .transposed(axes[1], outputPadding: operation.outputPadding[1]), border: 0)
  }

  // MARK: Movement

  /// Nearest neighbours at a whole factor; everything else mixes neighbours differently at borders.
  private func enlargement(_ operation: Resize) throws -> SpatialRole {
    guard case .map(let row) = layout else { throw refuse("it resizes a list of cells") }
    guard operation.mode == .nearest else {
      throw refuse(
        "\(operation.mode) interpolation clamps at the picture's border, which gaps cannot stand for"
      )
    }
    let taps = try operation.axisTaps(
      node.inputs.map { value in
        value.map {
          OperatorInput(type: graph.type(of: $0), constant: graph.graph.constants[$0])
        }
      })
    for axis in shape.indices where axis != row && axis != row + 1 && taps[axis] != nil {
      throw refuse("it resizes axis \(axis)")
    }
    func rule(_ axis: Int) throws -> AxisRule {
      guard let taps = taps[axis] else { return .same }
      let (from, to) = (shape[axis], outputShape[axis])
      guard to % from == 0, taps.tapCount == 1,
        taps.indices.enumerated().allSatisfy({ $0.element == $0.offset / (to / from) })
      else { throw refuse("\(from) to \(to) positions is no whole repetition of each") }
      return .enlarge(to / from)
    }
    return neighbourhood(try rule(row), try rule(row + 1), border: nil)
  }

  private func slice() throws -> SpatialRole {
    func integers(_ index: Int) throws -> [Int]? { try constant(index)?.integers() }
    guard let starts = try integers(1), let ends = try integers(2) else {
      throw refuse("its positions are not constant")
    }
    let slices = try Slice.resolve(
      shape: shape, starts: starts, ends: ends, axes: integers(3), steps: integers(4))
    func isWhole(_ axis: Int) -> Bool {
      slices[axis].start == 0 && slices[axis].step == 1 && slices[axis].count == shape[axis]
    }
    guard case .map(let row) = layout else {
      guard shape.indices.allSatisfy({ !layout.contains(axis: $0) || isWhole($0) }) else {
        throw refuse("it takes some of the cells only")
      }
      return .pointwise
    }
    if isWhole(row), isWhole(row + 1) { return .pointwise }
    func rule(_ axis: Int) throws -> AxisRule {
      let slice = slices[axis]
      guard slice.step >= 1, slice.start < slice.step,
        slice.count == (shape[axis] - slice.start + slice.step - 1) / slice.step
      else { throw refuse("it cuts off a part of the picture") }
      return .slice(start: slice.start, step: slice.step)
    }
    return neighbourhood(try rule(row), try rule(row + 1), border: nil)
  }

  private func pad(_ operation: Pad) throws -> SpatialRole {
    guard let pads = try constant(1)?.integers() else { throw refuse("its pads are not constant") }
    let (begin, end) = try Pad.resolve(
      rank: shape.count, pads: pads, axes: try constant(3)?.integers())
    let padded = shape.indices.filter { begin[$0] != 0 || end[$0] != 0 }
    guard padded.contains(where: layout.contains(axis:)) else { return .pointwise }
    guard case .map(let row) = layout, operation.mode == .constant,
      padded.allSatisfy({ begin[$0] >= 0 && end[$0] >= 0 })
    else { throw refuse("it pads by something else than a constant") }
    let value = constant(2)?.floats().first ?? 0
    return neighbourhood(
      .pad(begin: begin[row], end: end[row]), .pad(begin: begin[row + 1], end: end[row + 1]),
      border: value)
  }

  // MARK: Checks

  private func requireMap() throws {
    guard layout == .map(rows: 2), shape.count == 4 else {
      throw refuse("rows and columns are not its last two of four axes")
    }
  }

  private func requireOther(_ axes: [Int]) throws {
    for axis in axes where layout.contains(axis: axis) || !shape.indices.contains(axis) {
      throw refuse("it works along axis \(axis), which holds positions")
    }
  }

  /// Constants of elementwise operators may not vary over the picture.
  private func checkConstants() throws {
    let rank = outputShape.count
    for case let value? in node.inputs {
      guard let tensor = graph.graph.constants[value] else { continue }
      for (place, size) in tensor.shape.enumerated() where size != 1 {
        let axis = place + rank - tensor.shape.count
        if layout.contains(axis: axis) && tensor.shape.count > 1
          || layout.contains(axis: axis) && node.operation is ElementwiseBinary
        {
          throw refuse("a constant of shape \(shapeText(tensor.shape)) varies over the picture")
        }
      }
    }
  }
}

extension SpatialWindow {
  /// The window of each axis alone.
  fileprivate var axes: [SpatialWindow] {
    kernel.indices.map { axis in
      SpatialWindow(
        kernel: [kernel[axis]], strides: [strides[axis]], dilations: [dilations[axis]],
        padsBegin: padsBegin.isEmpty ? [0] : [padsBegin[axis]],
        padsEnd: padsEnd.isEmpty ? [0] : [padsEnd[axis]], autoPad: autoPad, ceilMode: ceilMode)
    }
  }
}
