/// How long a run takes, from a few of its pictures: reading and detecting each take a time that
/// grows evenly with the number of pixels.
struct TimeModel {
  let decodeSeconds: Double
  let detectSeconds: Double

  /// For the mean picture of the run.
  init(_ looks: [TrialRun.Look], meanPixelCount: Double) {
    let pixels = looks.map { Double($0.picture.pixelCount) }
    decodeSeconds = Self.fit(pixels, looks.map(\.decodeSeconds), at: meanPixelCount)
    detectSeconds = Self.fit(pixels, looks.map(\.detectSeconds), at: meanPixelCount)
  }

  /// Seconds from picture to picture where reading, detecting and the other workers overlap.
  ///
  /// - Parameters:
  ///   - threads: Of each worker.
  ///   - preparers: Threads that read.
  func secondsPerPicture(
    workers: Int, threads: Int, preparers: Int, processors: Int
  ) -> Double {
    let work = decodeSeconds + detectSeconds * Double(min(threads, processors))
    return max(
      detectSeconds / Double(workers), decodeSeconds / Double(preparers),
      work / Double(processors))
  }

  /// The value at `x` of the line through the points by least squares; of their mean where the line
  /// would fall.
  private static func fit(_ xs: [Double], _ ys: [Double], at x: Double) -> Double {
    let count = Double(xs.count)
    let (meanX, meanY) = (xs.reduce(0, +) / count, ys.reduce(0, +) / count)
    var (products, squares) = (0.0, 0.0)
    for (a, b) in zip(xs, ys) {
      products += (a - meanX) * (b - meanY)
      squares += (a - meanX) * (a - meanX)
    }
    guard squares > 0, products > 0 else { return meanY }
    return max(meanY + products / squares * (x - meanX), ys.min() ?? meanY)
  }
}
