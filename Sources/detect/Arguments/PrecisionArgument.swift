internal import ArgumentParser

/// What `--precision` takes.
enum PrecisionArgument: String, ExpressibleByArgument, CaseIterable {
  case f32, bf16
  /// `bf16` where the processor has it, without a note where it has not.
  case auto
}
