/// How numbers of a range are written as UInt8: `round(x / scale) + zero` in 0...255, ties to even.
package struct QuantizationParameters: Hashable, Sendable {
  package let scale: Float
  /// The integer that stands for 0, which is always exact.
  package let zero: UInt8

  /// - Parameter range: Is stretched to hold 0; what lies outside is clipped.
  package init(_ range: ClosedRange<Float>) {
    let low = min(range.lowerBound, 0)
    let high = max(range.upperBound, 0)
    scale = max((high - low) / 255, Float.leastNormalMagnitude * 1024)
    zero = UInt8(min(max((-low / scale).rounded(.toNearestOrEven), 0), 255))
  }
}
