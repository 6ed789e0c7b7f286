internal import ArgumentParser
internal import Neural

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// How networks are run.
struct ExecutionArguments: ParsableArguments {
  /// More would only be taken by mistake.
  static let maxThreads = 256

  @Option(help: "Threads for the network (default: the processors there are, by workers).")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      """
      Arithmetic of convolutions: f32; bf16, which rounds their inputs and weights to 8 bits where \
      the processor has AVX512_BF16 and says so where it has not; or auto, which does not say so.
      """))
  var precision = PrecisionArgument.f32

  func validate() throws {
    if let threads, !(1...Self.maxThreads).contains(threads) {
      throw ValidationError("--threads is between 1 and \(Self.maxThreads)")
    }
    if precision == .bf16, let resolved = try? resolvedPrecision(), resolved == .float32 {
      StandardStreams.message("--precision bf16: no AVX512_BF16 here, computing in f32")
    }
  }

  /// - Throws: Exit 64 when `DETECT_ISA` names no instruction set, 65 when the processor lacks it.
  ///
  /// - Parameter workers: Networks that run at once and share the processors.
  func options(workers: Int = 1) throws -> ExecutionOptions {
    ExecutionOptions(
      threads: threads ?? max(1, Self.processorCount / workers),
      instructionSet: try Self.instructionSet(), precision: try resolvedPrecision())
  }

  /// What convolutions are computed in on this processor.
  func resolvedPrecision() throws -> Precision {
    let set = try Self.instructionSet() ?? .best
    return precision != .f32 && Precision.bfloat16.isAvailable(with: set) ? .bfloat16 : .float32
  }

  private static var processorCount: Int { min(Processors.available, maxThreads) }

  /// `DETECT_ISA` chooses kernels, for tests.
  private static func instructionSet() throws -> InstructionSet? {
    guard let value = getenv("DETECT_ISA").map({ String(cString: $0) }), !value.isEmpty else {
      return nil
    }
    guard let set = InstructionSet(rawValue: value) else {
      let names = InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandFailure(.usage, "DETECT_ISA is \(value); it is one of \(names)")
    }
    guard set.isAvailable else {
      let names = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
      throw CommandFailure(.refused, "DETECT_ISA: this processor has no \(value), only \(names)")
    }
    return set
  }
}
