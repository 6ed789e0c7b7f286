/// How an axis is divided into a fixed number of bins, whatever its length.
package enum AdaptiveBins {
  /// Bin `i` is `floor(i * length / count) ..< ceil((i + 1) * length / count)`: together they cover
  /// the axis, and none is empty; bins overlap where the length is no multiple (He et al. 2014,
  /// arXiv:1406.4729, the rule for regions).
  ///
  /// - Precondition: Both positive.
  package static func ranges(length: Int, count: Int) -> [Swift.Range<Int>] {
    precondition(length > 0 && count > 0, "an axis and its bins are not empty")
    return (0..<count).map { bin in
      bin * length / count..<((bin + 1) * length + count - 1) / count
    }
  }

  /// The sliding windows of the same paper's section on whole pictures: `ceil(length / count)` wide,
  /// `floor(length / count)` apart. They miss the end of the axis for some lengths (10 in 4 bins) and
  /// all begin at 0 where there are more bins than elements; networks trained with them need them.
  package static func slidingWindows(length: Int, count: Int) -> [Swift.Range<Int>] {
    precondition(length > 0 && count > 0, "an axis and its bins are not empty")
    let (window, stride) = ((length + count - 1) / count, length / count)
    return (0..<count).map { $0 * stride..<$0 * stride + window }
  }
}
