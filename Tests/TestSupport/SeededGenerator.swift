/// A reproducible source of numbers for tests: the linear congruential generator
/// `x <- (1664525 x + 1013904223) mod 2^32`.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt32

  package init(seed: UInt32) { state = seed }

  /// The next value in `[-0.5, 0.5)`.
  package mutating func float() -> Float { Float(Double(step()) / 4_294_967_296 - 0.5) }

  package mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }

  package mutating func next() -> UInt64 { UInt64(step()) << 32 | UInt64(step()) }

  private mutating func step() -> UInt32 {
    state = state &* 1_664_525 &+ 1_013_904_223
    return state
  }
}
