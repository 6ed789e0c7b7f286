internal import CKernels

/// Errors of operators that run by their reference evaluation, collected during a run.
///
/// `@unchecked Sendable`: written by the one thread that runs a reference step; steps never overlap.
final class EvaluationFailures: @unchecked Sendable {
  private(set) var first: (any Error)?

  func record(_ error: any Error) { first = first ?? error }

  func takeFirst() -> (any Error)? {
    defer { first = nil }
    return first
  }
}

/// One node evaluated by its reference code between kernels.
private final class EvaluationContext {
  let node: Graph.Node
  let inputs: [(pointer: UnsafeMutableRawPointer, type: TensorType)?]
  let outputs: [(pointer: UnsafeMutableRawPointer, type: TensorType)]
  let failures: EvaluationFailures

  init(
    node: Graph.Node, inputs: [(UnsafeMutableRawPointer, TensorType)?],
    outputs: [(UnsafeMutableRawPointer, TensorType)], failures: EvaluationFailures
  ) {
    self.node = node
    self.inputs = inputs
    self.outputs = outputs
    self.failures = failures
  }

  func run() {
    do {
      let tensors = try inputs.map { input -> Tensor? in
        guard let input else { return nil }
        var tensor = try Tensor(zeros: input.type.elementType, shape: input.type.shape)
        try tensor.withUnsafeMutableBytes {
          $0.copyMemory(from: UnsafeRawBufferPointer(start: input.pointer, count: $0.count))
        }
        return tensor
      }
      let results = try node.operation.evaluate(tensors)
      guard results.count >= outputs.count else {
        throw OperatorError.invalidInput("\(results.count) outputs, \(outputs.count) expected")
      }
      for (output, result) in zip(outputs, results) {
        guard TensorType(result.elementType, result.shape) == output.type else {
          throw OperatorError.invalidInput("an output changed its shape")
        }
        result.withUnsafeBytes {
          if let base = $0.baseAddress {
            output.pointer.copyMemory(from: base, byteCount: $0.count)
          }
        }
      }
    } catch {
      failures.record(
        GraphError.node(
          name: node.name, operation: node.operation.name, reason: String(describing: error)))
    }
  }
}

/// A kernel of one step that calls the node's reference evaluation.
func makeEvaluationKernel(
  node: Graph.Node, inputs: [PlanarValue?], outputs: [PlanarValue], memory: PlanMemory,
  failures: EvaluationFailures
) -> UnsafeMutablePointer<ck_op>? {
  let context = EvaluationContext(
    node: node, inputs: inputs.map { value in value.map { (memory.pointer($0), $0.type) } },
    outputs: outputs.map { (memory.pointer($0), $0.type) }, failures: failures)
  let kernel = UnsafeMutablePointer<ck_op>.allocate(capacity: 1)
  kernel.initialize(to: ck_op())
  kernel.pointee.step_count = 1
  kernel.pointee.steps.0 = ck_step(
    run: { step, _, _ in
      guard let data = step?.pointee.data else { return }
      Unmanaged<EvaluationContext>.fromOpaque(data).takeUnretainedValue().run()
    },
    data: UnsafeRawPointer(Unmanaged.passRetained(context).toOpaque()), jobs: 1, scratch: 0)
  kernel.pointee.destroy = { kernel in
    guard let kernel else { return }
    if let data = kernel.pointee.steps.0.data {
      Unmanaged<EvaluationContext>.fromOpaque(data).release()
    }
    kernel.deallocate()
  }
  return kernel
}
