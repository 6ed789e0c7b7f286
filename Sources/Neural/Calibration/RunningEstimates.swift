/// The mean of numbers that come one after the other, by the steps `1 / k` of stochastic
/// approximation (Robbins and Monro 1951): exact, and the first number replaces any beginning.
package struct RunningMean: Hashable, Sendable {
  package private(set) var mean = 0.0
  package private(set) var count = 0

  package init() {}

  package mutating func add(_ number: Double) {
    count += 1
    mean -= (mean - number) / Double(count)
  }
}

/// A quantile of numbers that come one after the other: each step goes up by `tau`, or down by
/// `1 - tau` where the number is not above it, times a step that shrinks as `1 / n`.
package struct RunningQuantile: Hashable, Sendable {
  package let tau: Double
  /// The first step; it should match the spread of the numbers.
  package let step: Double
  package private(set) var estimate: Double
  package private(set) var count = 0

  package init(tau: Double, start: Double, step: Double) {
    self.tau = tau
    self.step = step
    estimate = start
  }

  package mutating func add(_ number: Double) {
    count += 1
    estimate += step / Double(count) * (tau - (number <= estimate ? 1 : 0))
  }
}
