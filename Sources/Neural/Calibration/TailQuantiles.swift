/// The range that holds all but a small share of a tensor's elements at either end.
///
/// A histogram of `binCount` bins between the smallest and the largest element tells it, so it is
/// at most one bin wider than the exact quantiles.
package enum TailQuantiles {
  static let binCount = 2048

  /// - Parameter share: Of elements that may lie outside at each end, in `[0, 0.5)`. With fewer than
  ///   `1 / share` elements the range is that of all of them.
  /// - Returns: `nil` for no elements, or where one is not finite.
  package static func range(
    of values: UnsafeBufferPointer<Float>, share: Double
  ) -> ClosedRange<Float>? {
    guard var low = values.first else { return nil }
    var high = low
    // 0 as long as all are finite, else NaN.
    var check: Float = 0
    for value in values {
      low = min(low, value)
      high = max(high, value)
      check += value * 0
    }
    guard check == 0 else { return nil }
    let allowed = Int(share * Double(values.count))
    guard allowed > 0, low < high else { return low...high }
    let perUnit = Float(binCount) / (high - low)
    guard perUnit.isFinite, perUnit > 0 else { return low...high }
    var counts = [Int](repeating: 0, count: binCount)
    for value in values { counts[min(Int((value - low) * perUnit), binCount - 1)] += 1 }
    func outside(_ bins: some Sequence<Int>) -> Int {
      var (count, passed) = (0, 0)
      for bin in bins {
        count += counts[bin]
        if count > allowed { break }
        passed += 1
      }
      return passed
    }
    let width = (high - low) / Float(binCount)
    let below = Float(outside(0..<binCount)) * width
    let above = Float(outside((0..<binCount).reversed())) * width
    return (low + below)...max(high - above, low + below)
  }
}
