/// How much the elements of a receptive field weigh, along one axis of a linear stack of
/// convolutions: a bell that is far narrower than the field (Luo et al. 2016, "Understanding the
/// effective receptive field", arXiv:1701.04128).
package struct EffectiveField: Hashable, Sendable {
  /// The weight of each input element of the field, which sum to 1.
  package let weights: [Double]

  /// The profile of stride-1 convolutions on top of each other.
  ///
  /// - Parameter kernels: Not empty each; magnitudes count. A stack whose kernels sum to 0 has no
  ///   profile and weighs nothing.
  package init(kernels: [[Double]]) {
    var profile = [1.0]
    for kernel in kernels {
      var next = [Double](repeating: 0, count: profile.count + kernel.count - 1)
      for (place, weight) in profile.enumerated() {
        for (tap, value) in kernel.enumerated() { next[place + tap] += weight * abs(value) }
      }
      // Keeps deep stacks within range.
      let sum = next.reduce(0, +)
      profile = sum > 0 ? next.map { $0 / sum } : next
    }
    weights = profile
  }

  /// The standard deviation in input elements.
  package var standardDeviation: Double {
    var (mean, square) = (0.0, 0.0)
    for (place, weight) in weights.enumerated() { mean += Double(place) * weight }
    for (place, weight) in weights.enumerated() {
      square += (Double(place) - mean) * (Double(place) - mean) * weight
    }
    return square.squareRoot()
  }

  /// The number of elements of the smallest window around the middle that holds `mass` of the
  /// weight; by default what a Gaussian has within two standard deviations.
  ///
  /// The profile is symmetric when its kernels are; the window grows on both sides alike.
  package func width(mass: Double = 0.9545) -> Int {
    var (first, last) = ((weights.count - 1) / 2, weights.count / 2)
    var sum = weights[first...last].reduce(0, +)
    while sum < mass, first > 0 {
      first -= 1
      last += 1
      sum += weights[first] + weights[last]
    }
    return last - first + 1
  }

  /// The deviation of `count` uniform kernels of `kernel` elements: `sqrt(count * (kernel^2 - 1) /
  /// 12)`.
  package static func uniformDeviation(count: Int, kernel: Int) -> Double {
    (Double(count) * Double(kernel * kernel - 1) / 12).squareRoot()
  }
}
