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

  @Test func varianceStepByStep() throws {
    let vector = try vectors.member("incremental_mean")
    var running = RunningVariance()
    #expect(running.biased == nil)
    let expected = try #require(vector.member("welford_var_biased_unbiased").arrayValue)
    for (number, pair) in zip(try vector.member("x").numbers, expected) {
      running.add(number)
      let figures = try #require(pair.arrayValue)
      expectClose([try #require(running.biased)], figures[0].numbers, absolute: 1e-8)
      if running.mean.count == 1 {
        #expect(running.unbiased == nil)
        #expect(figures[1] == .null)
      } else {
        expectClose([try #require(running.unbiased)], figures[1].numbers, absolute: 1e-8)
      }
    }
  }

  /// Sums of squares would lose every digit here.
  @Test func varianceFarFromZero() throws {
    var running = RunningVariance()
    for number in [4.0, 7, 13, 16] { running.add(number + 1e9) }
    expectClose([try #require(running.unbiased)], [30], absolute: 1e-6)
  }

  @Test func smoothedMeanStepByStep() throws {
    let vector = try vectors.member("ema")
    var smoothed = SmoothedMean(share: try vector.member("alpha").numbers[0])
    #expect(smoothed.mean == nil)
    var (raw, corrected): ([Double], [Double]) = ([], [])
    for number in try vectors.member("incremental_mean").member("x").numbers {
      smoothed.add(number)
      raw.append(smoothed.raw)
      corrected.append(try #require(smoothed.mean))
    }
    expectClose(raw, try vector.member("raw").numbers, absolute: 1e-12)
    expectClose(corrected, try vector.member("bias_corrected").numbers, absolute: 1e-8)
  }

  /// The running variance follows the unbiased variance of a batch; what is normalised now has the biased one.
  @Test func batchNormalisationStatistics() throws {
    let vector = try vectors.member("bn_running")
    let start = try vector.member("init").numbers
    let share = try vector.member("momentum").numbers[0]
    var mean = SmoothedMean(share: share, start: start[0])
    var variance = SmoothedMean(share: share, start: start[1])
    var steps: [Double] = []
    for batch in try #require(vector.member("batches").arrayValue) {
      var statistics = RunningVariance()
      for number in batch.numbers { statistics.add(number) }
      mean.add(statistics.mean.mean)
      variance.add(try #require(statistics.unbiased))
      steps += [mean.raw, variance.raw, try #require(statistics.biased)]
    }
    let expected = try vector.member("running_mean_var_unbiased_and_batch_biased_var").numbers
    expectClose(steps, expected, absolute: 1e-8)
  }

  /// Without its beginning's weight a mean is the same wherever it started.
  @Test func smoothedMeansForgetTheirStart() throws {
    var (low, high) = (SmoothedMean(share: 0.25), SmoothedMean(share: 0.25, start: 7))
    for number in [3.0, -1, 4] {
      low.add(number)
      high.add(number)
      expectClose([try #require(high.mean)], [try #require(low.mean)], absolute: 1e-12)
    }
    #expect(high.raw > low.raw)
  }

  @Test func rootsStepByStep() throws {
    let gentle = try vectors.member("rm_tanh")
    var root = StochasticRoot(start: try gentle.member("w1").numbers[0])
    var path = [root.estimate]
    for _ in 0..<10 {
      root.add((1 - 2 / (exponential(2 * (root.estimate - 1)) + 1)))
      path.append(root.estimate)
    }
    expectClose(path, try gentle.member("w").numbers, absolute: 1e-8)
  }

  /// A slope without bound throws the estimate out; bounds hold it.
  @Test func rootsOfSteepFunctions() throws {
    func cubic(_ w: Double) -> Double { w * w * w - 5 }
    let steep = try vectors.member("rm_cubic_diverges")
    var free = StochasticRoot(start: try steep.member("w1").numbers[0])
    var path = [free.estimate]
    for _ in 0..<4 {
      free.add(cubic(free.estimate))
      path.append(free.estimate)
    }
    expectClose(path, try steep.member("w").numbers, absolute: 1e-6, relative: 1e-12)
    let projected = try vectors.member("rm_cubic_projected")
    let clip = try projected.member("clip").numbers
    var held = StochasticRoot(start: 0, delay: 9, within: clip[0]...clip[1])
    var estimates = [held.estimate]
    for _ in 0..<40 {
      held.add(cubic(held.estimate))
      estimates.append(held.estimate)
    }
    expectClose([estimates[10]], try projected.member("w10").numbers, absolute: 1e-8)
    expectClose([estimates[40]], try projected.member("w_final").numbers, absolute: 1e-8)
    expectClose([estimates[40]], try steep.member("root").numbers, absolute: 1e-6)
  }

  /// The exponential by its series: this library has no Foundation.
  private func exponential(_ x: Double) -> Double {
    let small = x / 1024
    var (sum, term) = (1.0, 1.0)
    for k in 1...12 {
      term *= small / Double(k)
      sum += term
    }
    for _ in 0..<10 { sum *= sum }
    return sum
  }
}
