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

  func validate() throws {
    if let threads, !(1...Self.maxThreads).contains(threads) {
      throw ValidationError("--threads is between 1 and \(Self.maxThreads)")
    }
  }

  /// - Throws: Exit 64 when `DETECT_ISA` names no instruction set, 65 when the processor lacks it.
  ///
  /// - Parameter workers: Networks that run at once and share the processors.
  func options(workers: Int = 1) throws -> ExecutionOptions {
    ExecutionOptions(
      threads: threads ?? max(1, Self.processorCount / workers),
      instructionSet: try Self.instructionSet())
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
