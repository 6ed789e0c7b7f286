/// Numbers as results carry them: rounded to a fixed number of decimals, so that records are short
/// and the last bits of floating-point arithmetic do not show.
enum Decimals {
  /// Pixels, to a thousandth.
  static func pixels(_ value: Double) -> Double { rounded(value, 1000) }

  /// Scores, to a millionth.
  static func score(_ value: Double) -> Double { rounded(value, 1_000_000) }

  /// Milliseconds, to a thousandth.
  static func milliseconds(_ value: Double) -> Double { rounded(value, 1000) }

  /// The multiple of `1 / scale` nearest to `value`; never -0.
  static func rounded(_ value: Double, _ scale: Double) -> Double {
    (value * scale).rounded() / scale + 0
  }

  /// `printf`'s `%f`: six decimals, for numbers whose millionfold fits an integer.
  static func fixed6(_ value: Double) -> String {
    let millionths = Int(min(max((value * 1e6).rounded(), -1e15), 1e15))
    let digits = String(millionths.magnitude % 1_000_000)
    let zeros = String(repeating: "0", count: 6 - digits.count)
    return "\(millionths < 0 ? "-" : "")\(millionths.magnitude / 1_000_000).\(zeros)\(digits)"
  }
}
