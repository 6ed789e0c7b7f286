/// One axis of a resize that averages areas, for a window that may reach beyond the picture.
///
/// Taps outside the picture are left out, so that what lies there counts as zero.
package struct AreaAxis: Hashable, Sendable {
  /// How the samples of a window are weighted.
  package enum Kind: Hashable, Sendable {
    /// The exact, fractional overlap of the output sample with the input samples: OpenCV's
    /// `INTER_AREA` where the window shrinks.
    case fractional
    /// Two neighbours, with the weights of OpenCV's `INTER_AREA` where the window grows: sample `i`
    /// of `m` from `n` starts at `floor(i * n / m)`.
    case linear
    /// The plain mean over inputs `floor(i * n / m)` up to `ceil((i + 1) * n / m)`: PyTorch's
    /// `interpolate(mode: "area")`.
    case adaptive
  }

  package private(set) var starts: [Int32] = []
  /// Output `i` has weights `offsets[i]..<offsets[i + 1]`, possibly none.
  package private(set) var offsets: [Int32] = [0]
  package private(set) var weights: [Float] = []
  /// What the weighted sum of each output is divided by; empty for 1.
  ///
  /// The adaptive mean divides whole sums, which are exact for 8-bit samples, as PyTorch does.
  package private(set) var divisors: [Float] = []

  /// - Parameters:
  ///   - start: The window's first sample, possibly outside the picture.
  ///   - windowCount: Samples of the window, `n`.
  ///   - sourceCount: Samples of the picture.
  ///   - count: Samples of the output, `m`.
  /// - Precondition: Counts are positive and below 2^31.
  package init(_ kind: Kind, start: Int, windowCount: Int, sourceCount: Int, count: Int) {
    precondition(windowCount > 0 && sourceCount > 0 && count > 0, "an axis has samples")
    starts.reserveCapacity(count)
    offsets.reserveCapacity(count + 1)
    let (n, m) = (windowCount, count)
    weights.reserveCapacity(n + 2 * m)
    for i in 0..<m {
      switch kind {
      case .fractional:
        let (low, high) = (i * n, (i + 1) * n)
        append(low / m..<(high + m - 1) / m, start, sourceCount) { source in
          Float(Double(min(high, (source + 1) * m) - max(low, source * m)) / Double(n))
        }
      case .linear:
        let left = min(i * n / m, n - 1)
        // (i + 1) - (left + 1) * m / n, as a Float; what is not positive means the left neighbour.
        let position = Float(Double(i + 1) - Double((left + 1) * m) / Double(n))
        let fraction = position <= 0 || left == n - 1 ? 0 : position - position.rounded(.down)
        append(left..<(fraction > 0 ? left + 2 : left + 1), start, sourceCount) { source in
          source == left ? 1 - fraction : fraction
        }
      case .adaptive:
        let range = i * n / m..<((i + 1) * n + m - 1) / m
        append(range, start, sourceCount) { _ in 1 }
        divisors.append(Float(range.count))
      }
    }
  }

  /// Adds the taps of one output, `range` in samples of the window.
  private mutating func append(
    _ range: Range<Int>, _ start: Int, _ sourceCount: Int, weight: (Int) -> Float
  ) {
    let first = max(range.lowerBound, -start)
    let end = min(range.upperBound, sourceCount - start)
    starts.append(Int32(truncatingIfNeeded: max(first + start, 0)))
    if first < end { for source in first..<end { weights.append(weight(source)) } }
    offsets.append(Int32(truncatingIfNeeded: weights.count))
  }
}
