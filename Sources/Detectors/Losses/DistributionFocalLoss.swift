#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The distribution focal loss of one side of a box (Li et al. 2020, arXiv:2006.04388):
/// cross-entropy with the two bins around the target, weighted by nearness,
/// `-((r - y) log p_l + (y - l) log p_r)` with `l = floor(y)` and `r = l + 1`.
package enum DistributionFocalLoss {
  /// - Parameters:
  ///   - logits: One per bin, at least two.
  ///   - target: Distance in bins; clamped to `[0, bins - 1 - 0.01]`.
  package static func value(logits: [Float], target: Double) -> Double {
    precondition(logits.count >= 2, "a distribution has at least two bins")
    let clamped = min(max(target, 0), Double(logits.count - 1) - 0.01)
    let left = Int(clamped)
    let probabilities = logits.withUnsafeBufferPointer {
      softmax($0.baseAddress!, count: logits.count, stride: 1)
    }
    let rightWeight = clamped - Double(left)
    return
      -((1 - rightWeight) * log(probabilities[left])
      + rightWeight * log(probabilities[left + 1]))
  }
}
