internal import CKernels

/// A graph laid out for execution: its kernels in order, yet to be made, and the lifetimes of their
/// buffers.
struct Plan {
  typealias KernelMaker = (PlanMemory) -> UnsafeMutablePointer<ck_op>?

  /// A kernel to be made, with its node's name and work for messages and timings.
  struct Kernel {
    var name: String
    var operation: String
    var multiplyAdds: Int
    var outputShape: [Int]
    var layout: Layout?
    var make: KernelMaker
  }

  var kernels: [Kernel]
  let constants: [Tensor]
  let allocator: StorageAllocator
  /// Zeros around every plane.
  let border: Int
  let lanes: Int
  let inputs: [PlanarValue]
  let outputs: [PlanarValue]

  init(
    _ graph: ShapedGraph, instructionSet: InstructionSet, options: ExecutionOptions = .init(),
    failures: EvaluationFailures
  ) throws {
    let (builder, inputs, outputs) = try PlanBuilder.build(
      graph, instructionSet: instructionSet, options: options, failures: failures)
    kernels = builder.kernels
    constants = builder.constants
    allocator = builder.allocator
    border = builder.border
    lanes = builder.lanes
    self.inputs = inputs
    self.outputs = outputs
  }
}
