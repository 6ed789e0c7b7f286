internal import CKernels

/// The arithmetic of a network's convolutions.
package enum Precision: String, CaseIterable, Sendable {
  /// Float32 throughout.
  case float32 = "f32"
  /// Inputs and weights of dense convolutions are rounded to bfloat16, 8 bits of precision; sums,
  /// all other operators and what lies between them stay Float32.
  case bfloat16 = "bf16"

  /// Whether kernels of that instruction set have instructions for it on this processor. A network
  /// asked for a precision that is not available computes in Float32.
  package func isAvailable(with instructionSet: InstructionSet) -> Bool {
    switch self {
    case .float32: true
    case .bfloat16: ck_bf16_available(instructionSet.kernels) != 0
    }
  }
}
