#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The taps of one axis: output `i` is the sum of `weights[i]` times the inputs from `starts[i]`.
///
/// Weights of one output add up to 1. Everything that differs between filters is in this table, so
/// planes, pictures and tests share it.
package struct ResamplingTable: Hashable, Sendable {
  package let sourceCount: Int
  package let count: Int
  package let starts: [Int]
  /// `[count]` lists of at least one weight; `starts[i] + weights[i].count <= sourceCount`.
  package let weights: [[Double]]

  /// - Precondition: both counts are positive.
  package init(_ filter: ResamplingFilter, from sourceCount: Int, to count: Int) {
    precondition(sourceCount > 0 && count > 0, "an axis has at least one sample")
    self.sourceCount = sourceCount
    self.count = count
    var starts: [Int] = []
    var weights: [[Double]] = []
    starts.reserveCapacity(count)
    weights.reserveCapacity(count)
    for index in 0..<count {
      let taps = Self.taps(filter, index, sourceCount, count)
      starts.append(taps.start)
      weights.append(taps.weights)
    }
    self.starts = starts
    self.weights = weights
  }

  /// The table applied to one row.
  package func callAsFunction(_ row: [Float]) -> [Float] {
    precondition(row.count == sourceCount, "a row of the table's source length")
    return (0..<count).map { index in
      var sum = 0.0
      for (tap, weight) in weights[index].enumerated() {
        sum += weight * Double(row[starts[index] + tap])
      }
      return Float(sum)
    }
  }

  private typealias Taps = (start: Int, weights: [Double])

  private static func taps(_ filter: ResamplingFilter, _ i: Int, _ n: Int, _ m: Int) -> Taps {
    switch filter {
    case .nearest:
      return (i * n / m, [1])
    case .nearestExact:
      return ((2 * i + 1) * n / (2 * m), [1])
    case .bilinear:
      let position = max(0, (Double(i) + 0.5) * Double(n) / Double(m) - 0.5)
      return linear(position, n)
    case .bilinearAlignCorners:
      return linear(m == 1 ? 0 : Double(i * (n - 1)) / Double(m - 1), n)
    case .bicubic(let a):
      return cubic((Double(i) + 0.5) * Double(n) / Double(m) - 0.5, n, a: a)
    case .bicubicAlignCorners(let a):
      return cubic(m == 1 ? 0 : Double(i * (n - 1)) / Double(m - 1), n, a: a)
    case .antialiased(let kernel):
      return windowed(kernel, i, n, m)
    case .area:
      return overlap(i, n, m)
    case .adaptiveArea:
      let start = i * n / m
      let end = ((i + 1) * n + m - 1) / m
      return (start, [Double](repeating: 1 / Double(end - start), count: end - start))
    }
  }

  private static func linear(_ position: Double, _ n: Int) -> Taps {
    let start = min(Int(position), n - 1)
    let fraction = position - Double(start)
    if start == n - 1 || fraction == 0 { return (start, [1]) }
    return (start, [1 - fraction, fraction])
  }

  private static func cubic(_ position: Double, _ n: Int, a: Double) -> Taps {
    let base = Int(position.rounded(.down))
    let fraction = position - Double(base)
    let start = min(max(base - 1, 0), n - 1)
    let end = min(max(base + 2, 0), n - 1)
    var weights = [Double](repeating: 0, count: end - start + 1)
    for tap in -1...2 {
      let source = min(max(base + tap, 0), n - 1)
      weights[source - start] += cubicWeight(abs(Double(tap) - fraction), a: a)
    }
    return (start, weights)
  }

  private static func windowed(_ kernel: ResamplingKernel, _ i: Int, _ n: Int, _ m: Int) -> Taps {
    let scale = Double(n) / Double(m)
    let filterScale = max(scale, 1)
    let support = kernel.support * filterScale
    let centre = (Double(i) + 0.5) * scale
    let start = max(0, Int(centre - support + 0.5))
    let end = min(n, Int(centre + support + 0.5))
    var weights = (start..<end).map { kernel((Double($0) - centre + 0.5) * (1 / filterScale)) }
    let sum = weights.reduce(0, +)
    if sum != 0 { for tap in weights.indices { weights[tap] /= sum } }
    return (start, weights)
  }

  /// In units of `1 / (n * m)` of the axis everything is a whole number.
  private static func overlap(_ i: Int, _ n: Int, _ m: Int) -> Taps {
    let (low, high) = (i * n, (i + 1) * n)
    let start = low / m
    let end = (high + m - 1) / m
    let weights = (start..<end).map { source in
      Double(min(high, (source + 1) * m) - max(low, source * m)) / Double(n)
    }
    return (start, weights)
  }
}

/// `sin(pi x) / (pi x)`.
func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }
