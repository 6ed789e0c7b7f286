/// How spatial padding is decided, as ONNX's `auto_pad`.
package enum AutoPad: Hashable, Sendable {
  /// The explicit pads count.
  case notSet
  /// Output size is the input size divided by the stride, rounded up; the odd pixel goes at the end.
  case sameUpper
  /// As `sameUpper` with the odd pixel at the beginning.
  case sameLower
  /// No padding.
  case valid
}
