#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The penalty-reduced focal loss of heatmaps (CornerNet, arXiv:1808.01244, with alpha 2, beta 4):
///
///     -1/N * sum over cells of   (1 - p)^2 log p              where the target is 1
///                                (1 - y)^4 p^2 log(1 - p)     elsewhere
///
/// N is the number of cells whose target is 1, at least 1.
package enum HeatmapFocalLoss {
  /// - Parameters:
  ///   - predictions: Probabilities; clamped to `[1e-4, 1 - 1e-4]`.
  ///   - targets: As many, in `[0, 1]`.
  package static func value(predictions: [Double], targets: [Double]) -> Double {
    precondition(predictions.count == targets.count, "one target per prediction")
    var sum = 0.0
    var positiveCount = 0
    for (prediction, target) in zip(predictions, targets) {
      let p = min(max(prediction, 1e-4), 1 - 1e-4)
      if target == 1 {
        positiveCount += 1
        sum += (1 - p) * (1 - p) * log(p)
      } else {
        let distance = (1 - target) * (1 - target)
        sum += distance * distance * p * p * log(1 - p)
      }
    }
    return -sum / Double(max(positiveCount, 1))
  }
}
