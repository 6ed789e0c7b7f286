import CKernels
import Testing

/// One convolution to compare with its scalar twin.
struct ConvCase: CustomTestStringConvertible, Sendable {
  var batch = 1
  var inChannels = 16
  var outChannels = 16
  var height = 7
  var width = 7
  var kernel = (3, 3)
  var stride = (1, 1)
  var dilation = (1, 1)
  /// top, left, bottom, right
  var pad = (1, 1, 1, 1)
  var groups = 1
  var activation = CK_ACT_IDENTITY
  var residual: Residual = .none
  var extraBorder = 0
  var hasBias = true
  var isBFloat16 = false
  var isForFewRuns = false

  enum Residual: Sendable { case none, before, after, beforeInPlace, afterInPlace }

  var outHeight: Int {
    (height + pad.0 + pad.2 - (kernel.0 - 1) * dilation.0 - 1) / stride.0 + 1
  }
  var outWidth: Int { (width + pad.1 + pad.3 - (kernel.1 - 1) * dilation.1 - 1) / stride.1 + 1 }
  var transposedHeight: Int {
    (height - 1) * stride.0 - pad.0 - pad.2 + (kernel.0 - 1) * dilation.0 + 1
  }
  var transposedWidth: Int {
    (width - 1) * stride.1 - pad.1 - pad.3 + (kernel.1 - 1) * dilation.1 + 1
  }
  var border: Int { [pad.0, pad.1, pad.2, pad.3].max()! + extraBorder }
  var weightCount: Int { outChannels * (inChannels / groups) * kernel.0 * kernel.1 }

  func options(slopes: UnsafePointer<Float>?) -> ck_conv_options {
    let activation = ck_activation(kind: activation, a: 0.25, b: 0.5, slopes: slopes)
    return ck_conv_options(
      groups: Int32(groups), kernel_h: Int32(kernel.0), kernel_w: Int32(kernel.1),
      stride_h: Int32(stride.0), stride_w: Int32(stride.1), dilation_h: Int32(dilation.0),
      dilation_w: Int32(dilation.1), pad_top: Int32(pad.0), pad_left: Int32(pad.1),
      activation: activation,
      residual_after_activation: residual == .after || residual == .afterInPlace ? 1 : 0,
      bf16: isBFloat16 ? 1 : 0,
      few_runs: isForFewRuns ? 1 : 0)
  }

  var testDescription: String {
    "\(batch)x\(inChannels)->\(outChannels) \(height)x\(width) k\(kernel) s\(stride) d\(dilation) "
      + "p\(pad) g\(groups) act\(activation.rawValue) \(residual)"
  }
}

/// The nearest finite value of 8 bits of precision, ties to even.
func roundedToBFloat16(_ value: Float) -> Float {
  let bits = value.bitPattern
  return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
}

/// Runs the steps of an operation on a pool of that many threads.
func runSteps(_ operation: UnsafeMutablePointer<ck_op>, threads: Int) {
  let pool = ck_pool_create(Int32(threads))
  defer { ck_pool_destroy(pool) }
  let done = withUnsafePointer(to: &operation.pointee.steps.0) {
    ck_pool_run(pool, $0, operation.pointee.step_count, nil)
  }
  #expect(done == 1)
}

/// Runs an operation that is expected to have been made, once, and destroys it.
func runOnce(_ operation: UnsafeMutablePointer<ck_op>?, threads: Int) {
  guard let operation else {
    Issue.record("no operation")
    return
  }
  runSteps(operation, threads: threads)
  ck_op_destroy(operation)
}
