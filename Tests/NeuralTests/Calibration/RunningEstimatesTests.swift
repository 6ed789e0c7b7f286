import Neural
import StrictJSON
import TestSupport
import Testing

/// Running estimates against `Fixtures/spec/10_stochastic.json`.
@Suite struct RunningEstimatesTests {
  private let vectors: JSONValue

  init() throws { vectors = try SpecVectors("10_stochastic.json").root }

  @Test func meanStepByStep() throws {
    let vector = try vectors.member("incremental_mean")
    var running = RunningMean()
    let means = try vector.member("x").numbers.map { number in
      running.add(number)
      return running.mean
    }
    expectClose(means, try vector.member("w").numbers, absolute: 1e-12)
  }

  @Test func quantileStepByStep() throws {
    let vector = try vectors.member("quantile")
    var running = RunningQuantile(
      tau: try vector.member("tau").numbers[0], start: try vector.member("q0").numbers[0], step: 2)
    let estimates = try vector.member("data").numbers.map { number in
      running.add(number)
      return running.estimate
    }
    expectClose(estimates, Array(try vector.member("q").numbers.dropFirst()), absolute: 1e-8)
  }
}
