/// What the elements of a map see along one spatial axis of the network's input, counted in input
/// elements whose centres lie at whole numbers.
///
/// Element `i` sees nothing outside `low + i * stride ... high + i * stride`. Without upsampling and
/// resizing that interval is exactly what it sees, `size == high - low + 1`.
package struct AxisField: Hashable, Sendable {
  /// Input elements from one element's field to the next's ("jump"). Below 1 after upsampling
  /// beyond the input's size.
  package var stride: Double
  /// Input elements that one element sees, from the first to the last. Elements of maps behind an
  /// upsampling differ; of them it is the typical one, which the bounds `low...high` include.
  package var size: Double
  /// The first and the last input element that element 0 can see; outside the input where padding
  /// reaches into the field.
  package var low: Double
  package var high: Double
  /// The largest distance between the centres of the fields that different paths give one element;
  /// 0 where all paths are aligned.
  package var misalignment = 0.0

  /// The field of the network's input itself.
  package static let input = AxisField(stride: 1, size: 1, low: 0, high: 0)

  /// The padding of the whole stack, as one convolution of `size` and `stride` would have it.
  package var padding: Double { -low }

  /// The centre of element 0's field; add 0.5 for coordinates in which element `i` covers
  /// `[i, i + 1)`.
  package var start: Double { (low + high) / 2 }

  /// The field behind a window of `extent` elements, `step` apart, after `begin` elements of
  /// padding: `size += (extent - 1) * stride`, then `stride *= step`.
  func windowed(extent: Int, step: Int, begin: Int) -> AxisField {
    var field = self
    field.size += Double(extent - 1) * stride
    field.low -= Double(begin) * stride
    field.high += Double(extent - 1 - begin) * stride
    field.stride *= Double(step)
    return field
  }

  /// The field of elements `first`, `first + step`, ….
  func sliced(first: Int, step: Int) -> AxisField {
    windowed(extent: 1, step: step, begin: -first)
  }

  /// The field of a map that is `factor` times as fine, where element `o` reads elements `i` with
  /// `o / factor - before <= i <= o / factor + after`, no more than `span + 1` of them.
  func refined(factor: Double, before: Double, after: Double, span: Int) -> AxisField {
    var field = self
    field.low -= before * stride
    field.high += after * stride
    field.size += Double(span) * stride
    field.stride /= factor
    return field
  }

  /// The field of elements that see what `self` and what `other` sees.
  ///
  /// - Parameter count: Elements of the map along this axis; paths of different strides drift
  ///   apart over that many.
  func union(_ other: AxisField, count: Int) -> AxisField {
    let (centre, otherCentre) = (start, other.start)
    let first = min(centre - (size - 1) / 2, otherCentre - (other.size - 1) / 2)
    let last = max(centre + (size - 1) / 2, otherCentre + (other.size - 1) / 2)
    var drift = (other.stride - stride) * Double(max(count - 1, 0))
    if abs(other.stride - stride) <= 1e-9 * abs(stride) { drift = 0 }
    var field = self
    field.size = last - first + 1 + abs(drift)
    field.low = min(low, other.low + min(drift, 0))
    field.high = max(high, other.high + max(drift, 0))
    field.misalignment = max(
      misalignment, other.misalignment, abs(centre - otherCentre) + abs(drift))
    return field
  }
}
