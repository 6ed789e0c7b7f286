/// How a network is to be run. None of it changes results beyond what each field says.
package struct ExecutionOptions: Sendable {
  /// Threads that share the work; results are bit-identical for every count.
  package var threads: Int
  /// `nil` chooses the fastest available one. Different sets round differently.
  package var instructionSet: InstructionSet?
  /// Where the instruction set has it; Float32 elsewhere.
  package var precision: Precision
  /// Whether every convolution sums each output on its own, so that equal neighbourhoods give equal
  /// bits wherever they lie. Slower: fast algorithms that compute neighbours together are left out.
  package var isPositionwise: Bool
  /// Whether the network is to run a few times only: it is made sooner, takes less memory, and may
  /// run up to a third longer. Results are the same.
  package var isForFewRuns: Bool
  /// Bytes that all intermediate values together may take.
  package var memoryLimit: Int

  package init(
    threads: Int = 1, instructionSet: InstructionSet? = nil, precision: Precision = .float32,
    memoryLimit: Int = 8 << 30, isPositionwise: Bool = false, isForFewRuns: Bool = false
  ) {
    self.threads = threads
    self.instructionSet = instructionSet
    self.precision = precision
    self.memoryLimit = memoryLimit
    self.isPositionwise = isPositionwise
    self.isForFewRuns = isForFewRuns
  }
}
