/// The mean of numbers that come one after the other, by the steps `1 / k` of stochastic
/// approximation (Robbins and Monro 1951): exact, and the first number replaces any beginning.
package struct RunningMean: Hashable, Sendable {
  package private(set) var mean = 0.0
  package private(set) var count = 0

  /// Of no numbers.
  package init() {}

  /// Takes one more number in.
  package mutating func add(_ number: Double) {
    count += 1
    mean -= (mean - number) / Double(count)
  }
}

/// Mean and variance of numbers that come one after the other, in one pass (Welford 1962): no
/// difference of large sums, whatever the mean.
package struct RunningVariance: Hashable, Sendable {
  package private(set) var mean = RunningMean()
  /// The sum of squared distances from the mean so far.
  private var squares = 0.0

  /// Of no numbers.
  package init() {}

  /// Takes one more number in.
  package mutating func add(_ number: Double) {
    let before = mean.mean
    mean.add(number)
    squares += (number - (mean.count == 1 ? number : before)) * (number - mean.mean)
  }

  /// The mean squared distance from the mean; `nil` for no numbers.
  package var biased: Double? { mean.count > 0 ? squares / Double(mean.count) : nil }

  /// The estimate of the variance of what the numbers were drawn from; `nil` for fewer than two.
  package var unbiased: Double? { mean.count > 1 ? squares / Double(mean.count - 1) : nil }
}

/// A mean in which older numbers count less and less: steps of one constant size, which follow a
/// drift where `1 / k` would not.
package struct SmoothedMean: Hashable, Sendable {
  /// The share of the newest number, in `(0, 1]`.
  package let share: Double
  /// What it starts from; the first values of `raw` are near it.
  package let start: Double
  package private(set) var raw: Double
  /// The weight that the numbers have had so far.
  private var weight = 0.0

  /// - Parameters:
  ///   - share: In `(0, 1]`.
  ///   - start: As batch normalisation's running statistics have it: 0 for means, 1 for variances.
  package init(share: Double, start: Double = 0) {
    self.share = share
    self.start = start
    raw = start
  }

  /// Takes one more number in.
  package mutating func add(_ number: Double) {
    raw += share * (number - raw)
    weight += share * (1 - weight)
  }

  /// Without the beginning's weight (Kingma and Ba 2015, arXiv:1412.6980, section 3); `nil` for no
  /// numbers.
  package var mean: Double? { weight > 0 ? (raw - start * (1 - weight)) / weight : nil }
}

/// The root of an increasing function of which only noisy values are seen: `w -= a_k g(w)` (Robbins
/// and Monro 1951), held within bounds where there are any.
///
/// Converges where the steps' sum diverges, the sum of their squares does not, and g' is bounded; for
/// a g that grows faster, such as `w^3 - 5`, only within bounds.
package struct StochasticRoot: Hashable, Sendable {
  package private(set) var estimate: Double
  package private(set) var count = 0
  /// The steps are `step / (k + delay)`.
  package let step: Double
  package let delay: Double
  package let bounds: ClosedRange<Double>?

  /// - Parameters:
  ///   - start: The first estimate.
  ///   - delay: Above -1.
  ///   - bounds: Of every estimate after the first.
  package init(
    start: Double, step: Double = 1, delay: Double = 0, within bounds: ClosedRange<Double>? = nil
  ) {
    estimate = start
    self.step = step
    self.delay = delay
    self.bounds = bounds
  }

  /// - Parameter value: What was seen of the function at `estimate`.
  package mutating func add(_ value: Double) {
    count += 1
    estimate -= step / (Double(count) + delay) * value
    if let bounds { estimate = min(max(estimate, bounds.lowerBound), bounds.upperBound) }
  }
}

/// A quantile of numbers that come one after the other: each step goes up by `tau`, or down by
/// `1 - tau` where the number is not above it, times a step that shrinks as `1 / n`.
package struct RunningQuantile: Hashable, Sendable {
  /// The share of the numbers below it, in `(0, 1)`.
  package let tau: Double
  private var root: StochasticRoot

  package var estimate: Double { root.estimate }
  package var count: Int { root.count }

  /// - Parameter step: The first step; it should match the spread of the numbers.
  package init(tau: Double, start: Double, step: Double) {
    self.tau = tau
    root = StochasticRoot(start: start, step: step)
  }

  /// Takes one more number in.
  package mutating func add(_ number: Double) {
    root.add((number <= estimate ? 1 : 0) - tau)
  }
}
