internal import CKernels

/// A graph compiled for one set of input shapes: kernels chosen, weights packed, memory laid out.
///
/// Not for concurrent use: one run at a time. Results depend on the input, the graph and the
/// instruction set, never on the number of threads.
package final class Network {
  package struct Port: Sendable {
    package var name: String
    package var type: TensorType
  }

  /// One step of the plan, for profiles.
  package struct StepInfo: Sendable {
    package var node: String
    package var operation: String
    package var multiplyAdds: Int
    /// Of the node's first output; empty for steps between nodes.
    package var outputShape: [Int] = []
    /// Where that output lies; `nil` for steps between nodes.
    package var layout: Layout?
    /// The algorithm chosen, where there are several.
    package var kernel: String?
  }

  package let inputs: [Port]
  package let outputs: [Port]
  package let instructionSet: InstructionSet
  package let precision: Precision
  /// May be shared with networks that do not run at the same time.
  package let workers: WorkerPool
  package var threads: Int { workers.threads }
  /// Multiply–adds of one run.
  package let multiplyAdds: Int
  /// Bytes of all intermediate values.
  package let workingByteCount: Int
  /// Bytes of packed weights and what else the kernels keep.
  package let kernelByteCount: Int
  package let steps: [StepInfo]

  private let memory: PlanMemory
  private let inputValues: [PlanarValue]
  private let outputValues: [PlanarValue]
  private let kernels: [UnsafeMutablePointer<ck_op>]
  private let kernelSteps: [ck_step]
  private let failures: EvaluationFailures

  /// Specialises, optimises and plans a graph.
  ///
  /// - Parameters:
  ///   - graph: Drop other copies of it afterwards: weights are packed into the plan.
  ///   - inputShapes: By input name; needed for inputs whose declared shape is not fixed.
  /// - Throws: `GraphError`, naming the node and the offending value.
  package convenience init(
    graph: Graph, inputShapes: [String: [Int]] = [:], options: ExecutionOptions = .init(),
    workers: WorkerPool? = nil, memory: WorkingMemory? = nil
  ) throws {
    try self.init(
      ShapedGraph(graph, inputShapes: inputShapes), options: options, workers: workers,
      memory: memory)
  }

  /// Optimises and plans a specialised graph.
  ///
  /// - Parameters:
  ///   - workers: Threads shared with other networks, which then may not run at the same time; by
  ///     default the network has its own, as many as `options` says.
  ///   - memory: Shared with other networks; by default the network has its own.
  package init(
    _ shaped: consuming ShapedGraph, options: ExecutionOptions = .init(),
    workers: WorkerPool? = nil, memory workingMemory: WorkingMemory? = nil
  ) throws {
    let instructionSet = options.instructionSet ?? .best
    guard instructionSet.isAvailable else {
      throw GraphError.instructionSet(
        instructionSet.rawValue, available: InstructionSet.available.map(\.rawValue))
    }
    var graph = shaped
    multiplyAdds = graph.multiplyAdds
    try Passes.optimise(&graph)
    let failures = EvaluationFailures()
    var plan = try Plan(
      graph, instructionSet: instructionSet, options: options, failures: failures)
    inputs = graph.graph.inputs.map { Port(name: $0.name, type: graph.type(of: $0.value)) }
    outputs = graph.graph.outputs.map { Port(name: $0.name, type: graph.type(of: $0.value)) }
    // The weights live on only in the kernels to be made, and each set until it is packed.
    graph = ShapedGraph.empty
    let memory = try PlanMemory(
      plan.allocator, constants: plan.constants, border: plan.border, lanes: plan.lanes,
      byteLimit: options.memoryLimit, shared: workingMemory)
    let workers = try workers ?? WorkerPool(threads: options.threads)
    var kernels: [UnsafeMutablePointer<ck_op>] = []
    var kernelSteps: [ck_step] = []
    var steps: [StepInfo] = []
    func add(_ kernel: UnsafeMutablePointer<ck_op>?, _ info: StepInfo) throws {
      guard let kernel else {
        for kernel in kernels { ck_op_destroy(kernel) }
        throw GraphError.outOfMemory(byteCount: memory.byteCount)
      }
      kernels.append(kernel)
      let count = Int(kernel.pointee.step_count)
      withUnsafeBytes(of: &kernel.pointee.steps) { bytes in
        kernelSteps += bytes.bindMemory(to: ck_step.self).prefix(count)
      }
      for index in 0..<count {
        var step = info
        step.kernel = kernel.pointee.kernel.map { String(cString: $0) }
        if index < count - 1 { step.multiplyAdds = 0 }
        steps.append(step)
      }
    }
    for position in plan.kernels.indices {
      for size in memory.sharedPlanes[position] ?? [] {
        var planes = memory.allPlanes(size)
        try add(
          ck_clear_border(instructionSet.kernels, &planes),
          StepInfo(node: "planes", operation: "clear borders", multiplyAdds: 0))
      }
      let planned = plan.kernels[position]
      plan.kernels[position].make = { _ in nil }
      try add(
        planned.make(memory),
        StepInfo(
          node: planned.name, operation: planned.operation, multiplyAdds: planned.multiplyAdds,
          outputShape: planned.outputShape, layout: planned.layout))
    }
    self.instructionSet = instructionSet
    precision = options.precision.isAvailable(with: instructionSet) ? options.precision : .float32
    workingByteCount = memory.byteCount
    kernelByteCount = kernels.reduce(0) { $0 + $1.pointee.bytes }
    self.memory = memory
    inputValues = plan.inputs
    outputValues = plan.outputs
    self.kernels = kernels
    self.kernelSteps = kernelSteps
    self.steps = steps
    self.workers = workers
    self.failures = failures
  }

  deinit {
    for kernel in kernels { ck_op_destroy(kernel) }
  }

  /// Gives the memory of a Float32 input, to be filled before `run()`. Its contents are lost by a
  /// run.
  package func withInput<R>(
    _ index: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    precondition(inputs[index].type.elementType == .float32, "the input is not Float32")
    let count = inputs[index].type.shape.reduce(1, *)
    return try body(
      UnsafeMutableBufferPointer(start: memory.floats(inputValues[index]), count: count))
  }

  /// Gives the elements of a Float32 output of the last run.
  package func withOutput<R>(
    _ index: Int, _ body: (UnsafeBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    precondition(outputs[index].type.elementType == .float32, "the output is not Float32")
    let count = outputs[index].type.shape.reduce(1, *)
    return try body(UnsafeBufferPointer(start: memory.floats(outputValues[index]), count: count))
  }

  /// Runs the network on the inputs filled before.
  ///
  /// - Throws: `GraphError.node` when an operator fails on the values it meets.
  package func run() throws {
    let done = kernelSteps.withUnsafeBufferPointer {
      ck_pool_run(workers.pool, $0.baseAddress, Int32($0.count), nil)
    }
    guard done != 0 else { throw GraphError.outOfMemory(byteCount: scratchByteCount) }
    if let error = failures.takeFirst() { throw error }
  }

  /// Bytes of working memory that the threads together need.
  package var scratchByteCount: Int { kernelSteps.reduce(0) { max($0, $1.scratch) } * threads }

  /// The most floating-point operations that the threads together can do in a second, measured.
  package func measuredPeak() -> Double { ck_peak_flops(instructionSet.kernels, workers.pool) }

  /// As `run()`, giving the seconds that each of `steps` took.
  package func profiledRun() throws -> [Double] {
    var seconds = [Double](repeating: 0, count: kernelSteps.count)
    let done = kernelSteps.withUnsafeBufferPointer { steps in
      seconds.withUnsafeMutableBufferPointer {
        ck_pool_run(workers.pool, steps.baseAddress, Int32(steps.count), $0.baseAddress)
      }
    }
    guard done != 0 else { throw GraphError.outOfMemory(byteCount: scratchByteCount) }
    if let error = failures.takeFirst() { throw error }
    return seconds
  }

  /// Runs the network on tensors of exactly the inputs' types, in their order.
  ///
  /// - Throws: `GraphError.inputShape` for a wrong shape or element type.
  package func run(_ tensors: [Tensor]) throws -> [Tensor] {
    guard tensors.count == inputs.count else {
      throw GraphError.malformed("\(tensors.count) inputs given, \(inputs.count) expected")
    }
    for (index, tensor) in tensors.enumerated() {
      let port = inputs[index]
      guard TensorType(tensor.elementType, tensor.shape) == port.type else {
        throw GraphError.inputShape(
          name: port.name, given: tensor.shape,
          declared: "\(shapeText(port.type.shape)) \(port.type.elementType.rawValue)")
      }
      tensor.withUnsafeBytes {
        if let base = $0.baseAddress {
          memory.pointer(inputValues[index]).copyMemory(from: base, byteCount: $0.count)
        }
      }
    }
    try run()
    return try outputs.indices.map { index in
      var tensor = try Tensor(
        zeros: outputs[index].type.elementType, shape: outputs[index].type.shape)
      try tensor.withUnsafeMutableBytes {
        $0.copyMemory(
          from: UnsafeRawBufferPointer(
            start: memory.pointer(outputValues[index]), count: $0.count))
      }
      return tensor
    }
  }
}
