/// The largest of numbers that come one after the other and the sum of their exponentials below it:
/// all that softmax needs (Milakov & Gimelshein 2018, arXiv:1805.02867).
///
/// The readable twin of what the attention kernel keeps for each query; two parts of a row may be
/// made apart and merged.
package struct OnlineSoftmax: Hashable, Sendable {
  package private(set) var maximum = -Double.infinity
  /// Of `exp(x - maximum)`.
  package private(set) var sum = 0.0

  package init() {}

  package mutating func add(_ x: Double) {
    var one = OnlineSoftmax()
    (one.maximum, one.sum) = (x, x == -.infinity ? 0 : 1)
    merge(one)
  }

  /// Takes another part of the row in.
  package mutating func merge(_ other: OnlineSoftmax) {
    let larger = max(maximum, other.maximum)
    // Both parts see nothing: nothing is left to weigh.
    guard larger > -.infinity else { return }
    sum =
      sum * ElementaryFunctions.exponential(maximum - larger)
      + other.sum * ElementaryFunctions.exponential(other.maximum - larger)
    maximum = larger
  }

  /// The probability of one of the numbers; 0 where all are minus infinity.
  package func probability(of x: Double) -> Double {
    sum > 0 ? ElementaryFunctions.exponential(x - maximum) / sum : 0
  }

  /// The logarithm of the sum of all exponentials; minus infinity where there is none.
  package var logarithmOfSum: Double {
    sum > 0 ? maximum + ElementaryFunctions.logarithm(sum) : -.infinity
  }
}
