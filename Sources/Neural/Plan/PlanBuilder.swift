internal import CKernels

/// Turns a specialised graph into kernel operations, node by node in execution order: chooses
/// layouts, assigns memory, and notes how each kernel is made once memory exists.
struct PlanBuilder {
  typealias ValueID = Graph.ValueID
  private struct Forms {
    var planar: PlanarValue?
    /// Not contiguous.
    var view: PlanarView?
    var blocked: BlockedValue?
    /// Planes of a `[N, C, L]` value, whose last axis is their rows one after another.
    var flattened: BlockedValue?
  }

  let graph: ShapedGraph
  let instructionSet: InstructionSet
  let isa: ck_isa
  let options: ExecutionOptions
  let lanes: Int
  /// Zeros around every plane: the widest padding of any blocked convolution.
  let border: Int
  private(set) var kernels: [Plan.Kernel] = []
  private(set) var constants: [Tensor] = []
  private(set) var allocator = StorageAllocator()
  private var forms: [ValueID: Forms] = [:]
  private var constantPositions: [ValueID: Int] = [:]
  private var remainingReaders: [ValueID: Int] = [:]
  private var soleReaders: [ValueID: Graph.Node] = [:]
  private let inPlace: ConcatenationsInPlace
  /// Where the outputs of concatenations lie, from the first of their parts that is written.
  private var wholes: [ValueID: PlanarView] = [:]
  private var currentNode: Int?
  private let failures: EvaluationFailures

  /// Plans the whole graph.
  static func build(
    _ graph: ShapedGraph, instructionSet: InstructionSet, options: ExecutionOptions,
    failures: EvaluationFailures
  ) throws -> (builder: PlanBuilder, inputs: [PlanarValue], outputs: [PlanarValue]) {
    var builder = PlanBuilder(graph, instructionSet, options, failures)
    let inputs = graph.graph.inputs.map { input in
      let value = builder.makePlanar(graph.type(of: input.value))
      builder.define(input.value, planar: value)
      return value
    }
    let chains = ConvolutionChains(graph)
    let pooled = options.isPositionwise ? nil : PooledConvolutions(graph, besides: chains)
    for (position, node) in graph.graph.nodes.enumerated() {
      guard !chains.absorbed.contains(position), pooled?.absorbed.contains(position) != true else {
        continue
      }
      builder.currentNode = position
      let firstKernel = builder.kernels.count
      let positions = chains.byLast[position] ?? pooled?.byLast[position] ?? [position]
      let group = positions.map { graph.graph.nodes[$0] }
      if node.operation is MaxPool, group.count > 1 {
        try builder.lowerPooled(group[0], output: node.outputs[0])
      } else if group.count > 1 {
        try builder.lowerChain(group)
      } else {
        try builder.lower(node)
      }
      builder.noteLayout(of: node.outputs.first, from: firstKernel)
      for case let value? in group.flatMap(\.inputs) { builder.finishReading(value) }
      for value in node.outputs where builder.remainingReaders[value] == nil {
        builder.remainingReaders[value] = 1
        builder.finishReading(value)
      }
    }
    builder.currentNode = nil
    let outputs = graph.graph.outputs.map { builder.planar($0.value) }
    return (builder, inputs, outputs)
  }

  private init(
    _ graph: ShapedGraph, _ instructionSet: InstructionSet, _ options: ExecutionOptions,
    _ failures: EvaluationFailures
  ) {
    self.graph = graph
    self.instructionSet = instructionSet
    self.options = options
    self.failures = failures
    inPlace = ConcatenationsInPlace(graph)
    isa = instructionSet.kernels
    lanes = instructionSet.lanes
    border = graph.graph.nodes.reduce(0) { widest, node in
      guard let convolution = node.convolution,
        let padding = convolution.blockedPadding(node, in: graph)
      else { return widest }
      return max(widest, padding)
    }
    for (value, positions) in graph.readers() {
      remainingReaders[value] = positions.count
      if positions.count == 1, positions[0] < graph.graph.nodes.count {
        soleReaders[value] = graph.graph.nodes[positions[0]]
      }
    }
  }

  private mutating func lower(_ node: Graph.Node) throws {
    if let operation = node.operation as? any LowerableOperator,
      try operation.lower(node, into: &self)
    {
      return
    }
    emitReference(node)
  }

  // MARK: Values

  func type(_ value: ValueID) -> TensorType { graph.type(of: value) }
  func constant(_ value: ValueID) -> Tensor? { graph.graph.constants[value] }
  func isConstant(_ value: ValueID) -> Bool { graph.graph.constants[value] != nil }

  /// Whether the value already exists in planes, so that staying there costs nothing.
  func hasBlockedForm(_ value: ValueID) -> Bool { forms[value]?.blocked != nil }
  func hasPlanarForm(_ value: ValueID) -> Bool {
    forms[value]?.planar != nil || forms[value]?.view != nil || isConstant(value)
  }

  /// The planes of a `[N, C, L]` value that exists as nothing else.
  func flattened(_ value: ValueID) -> BlockedValue? {
    hasPlanarForm(value) ? nil : forms[value]?.flattened
  }

  /// Whether a convolution on planes is all that reads the value.
  func isReadByBlockedConvolution(_ value: ValueID) -> Bool {
    guard canBeBlocked(type(value)), let reader = soleReaders[value],
      let convolution = reader.convolution
    else { return false }
    return reader.inputs[0] == value && convolution.blockedPadding(reader, in: graph) != nil
  }

  func canBeBlocked(_ type: TensorType) -> Bool {
    type.elementType == .float32 && type.shape.count == 4 && type.shape.allSatisfy { $0 > 0 }
  }

  /// The value in an array, contiguous or not.
  mutating func view(_ value: ValueID) -> PlanarView {
    if forms[value]?.planar == nil, let view = forms[value]?.view { return view }
    return PlanarView(planar(value))
  }

  /// The value as a contiguous array, converted when it only exists in planes or as a view.
  mutating func planar(_ value: ValueID) -> PlanarValue {
    if let planar = forms[value]?.planar { return planar }
    if let constant = constant(value) {
      let position = constantPositions[value] ?? constants.count
      if position == constants.count {
        constants.append(constant)
        constantPositions[value] = position
      }
      return PlanarValue(base: .constant(position), type: type(value))
    }
    if let view = forms[value]?.view {
      let planar = makePlanar(type(value))
      emitCopy(&self, from: view, to: planar)
      define(value, planar: planar)
      return planar
    }
    guard let blocked = forms[value]?.blocked ?? forms[value]?.flattened else {
      preconditionFailure("value \(graph.graph.valueNames[value.index]) is used before it exists")
    }
    let planar = makePlanar(type(value))
    emit("to planar") { [isa] memory in
      withUnsafePointer(to: memory.blocked(blocked)) {
        ck_to_planar(isa, $0, memory.floats(planar))
      }
    }
    define(value, planar: planar)
    return planar
  }

  /// The value in planes, converted when it only exists as an array.
  mutating func blocked(_ value: ValueID) -> BlockedValue {
    if let blocked = forms[value]?.blocked { return blocked }
    let planar = planar(value)
    let blocked = makeBlocked(type(value).shape)
    emit("to blocked") { [isa] memory in
      withUnsafePointer(to: memory.blocked(blocked)) {
        ck_to_blocked(isa, memory.floats(planar), $0)
      }
    }
    if isConstant(value) { remainingReaders[value, default: 0] += 1 }
    define(value, blocked: blocked)
    return blocked
  }

  /// New memory for a contiguous array. It is kept once a value is defined as it.
  mutating func makePlanar(_ type: TensorType) -> PlanarValue {
    let count = type.shape.reduce(1, *)
    let array = allocator.makeArray(
      byteCount: count * type.elementType.byteCount, holdsFloats: type.elementType == .float32,
      at: kernels.count)
    return PlanarValue(base: .array(array), type: type)
  }

  /// Where a value is to be written for the concatenation that reads it: memory with gaps between
  /// runs of the last axis; `nil` where that asks for nothing.
  mutating func place(of value: ValueID) -> PlanarView? {
    guard let place = inPlace.places[value] else { return nil }
    let whole = wholeOfConcatenation(place.whole)
    let shape = type(value).shape
    var part = whole.shape
    part[place.axis] = place.axis == 1 ? shape[1] : shape[2...].reduce(1, *)
    var starts = [Int](repeating: 0, count: part.count)
    starts[place.axis] = place.start
    return whole.sliced(starts: starts, steps: part.map { _ in 1 }, shape: part).reshaped(shape)
  }

  /// Where a concatenation puts its output: an array, in the order in which the only reader wants
  /// it, or a part of another concatenation's.
  mutating func wholeOfConcatenation(_ output: ValueID) -> PlanarView {
    if let known = wholes[output] { return known }
    let whole =
      place(of: output) ?? arrayForConcatenation(type(output), reader: soleReaders[output])
    wholes[output] = whole
    return whole
  }

  private mutating func arrayForConcatenation(
    _ type: TensorType, reader: Graph.Node?
  ) -> PlanarView {
    guard type.shape.count == 3, reader?.operation is Transpose,
      (reader?.operation as? Transpose)?.permutation == [0, 2, 1]
    else { return PlanarView(makePlanar(type)) }
    let shape = [type.shape[0], type.shape[2], type.shape[1]]
    return PlanarView(makePlanar(TensorType(type.elementType, shape))).permuted([0, 2, 1])
  }

  /// Memory that only the kernels emitted so far for this node use is free after them.
  mutating func releaseTemporary(_ value: PlanarValue) {
    allocator.retain(value.base)
    allocator.release(value.base, after: kernels.count - 1)
  }

  /// New planes for `[N, C, H, W]`.
  mutating func makeBlocked(_ shape: [Int]) -> BlockedValue {
    var value = BlockedValue(
      batch: shape[0], channels: shape[1], height: shape[2], width: shape[3], planes: [])
    let count = shape[0] * ((shape[1] + lanes - 1) / lanes)
    for _ in 0..<count { value.planes.append(allocator.makePlane(value.size, at: kernels.count)) }
    return value
  }

  mutating func define(_ value: ValueID, planar: PlanarValue) {
    allocator.retain(planar.base)
    forms[value, default: Forms()].planar = planar
  }

  /// The value is a view of memory that exists.
  mutating func define(_ value: ValueID, view: PlanarView) {
    if let planar = view.contiguous { return define(value, planar: planar) }
    allocator.retain(view.base)
    forms[value, default: Forms()].view = view
  }

  /// The value `[N, C, H * W]` is planes of `[N, C, H, W]`.
  mutating func define(_ value: ValueID, flattened blocked: BlockedValue) {
    allocator.retain(blocked.planes)
    forms[value, default: Forms()].flattened = blocked
  }

  mutating func define(_ value: ValueID, blocked: BlockedValue) {
    allocator.retain(blocked.planes)
    forms[value, default: Forms()].blocked = blocked
  }

  /// Whether the node being lowered is the last to read the value, and no other value shares its
  /// planes, so that it may be overwritten.
  func isLastUse(of value: ValueID, _ blocked: BlockedValue) -> Bool {
    remainingReaders[value] == 1 && allocator.isSoleUser(of: blocked.planes)
  }

  private mutating func finishReading(_ value: ValueID) {
    guard let remaining = remainingReaders[value] else { return }
    remainingReaders[value] = remaining - 1
    guard remaining == 1, let last = forms.removeValue(forKey: value) else { return }
    if let planar = last.planar { allocator.release(planar.base, after: kernels.count - 1) }
    if let view = last.view { allocator.release(view.base, after: kernels.count - 1) }
    for blocked in [last.blocked, last.flattened].compactMap(\.self) {
      allocator.release(blocked.planes, after: kernels.count - 1)
    }
  }

  /// Writes where a node's output lies into the kernels emitted for it.
  private mutating func noteLayout(of value: ValueID?, from first: Int) {
    guard let forms = value.flatMap({ forms[$0] }) else { return }
    let layout: Layout =
      forms.blocked != nil || forms.flattened != nil
      ? .blocked : forms.planar != nil ? .planar : .view
    for index in first..<kernels.count { kernels[index].layout = layout }
  }

  // MARK: Kernels

  /// - Parameters:
  ///   - step: What is done, where it is not the current node's operation.
  ///   - name, shape, multiplyAdds: Where they are not the current node's.
  mutating func emit(
    _ step: String? = nil, name: String? = nil, shape: [Int]? = nil, multiplyAdds: Int? = nil,
    _ make: @escaping Plan.KernelMaker
  ) {
    let node = currentNode.map { graph.graph.nodes[$0] }
    kernels.append(
      Plan.Kernel(
        name: name ?? node?.name ?? "outputs", operation: step ?? node?.operation.name ?? "outputs",
        multiplyAdds: multiplyAdds
          ?? (step == nil ? node.map(graph.multiplyAdds(of:)) ?? 0 : 0),
        outputShape: shape ?? node?.outputs.first.map { type($0).shape } ?? [], make: make))
  }

  /// Runs the operator's reference evaluation on contiguous arrays.
  private mutating func emitReference(_ node: Graph.Node) {
    let inputs = node.inputs.map { value in value.map { planar($0) } }
    let outputs = node.outputs.map { makePlanar(type($0)) }
    emit { [failures] memory in
      makeEvaluationKernel(
        node: node, inputs: inputs, outputs: outputs, memory: memory, failures: failures)
    }
    for (value, planar) in zip(node.outputs, outputs) { define(value, planar: planar) }
  }
}

/// An operator that has faster kernels than its reference evaluation.
protocol LowerableOperator: Operator {
  /// Emits kernels and defines all outputs; false when no kernel fits these inputs, and then
  /// nothing may have been emitted.
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool
}
