internal import Geometry

/// How the size of a network's input follows from the picture's.
enum InputSizing: Hashable, Sendable {
  case fixed(Size)
  /// The picture's own size, both sides rounded up to a multiple.
  case roundedUp(multiple: Int)
  /// Enlarged until the shorter side has so many pixels, then both sides rounded to a multiple.
  case shortestSide(Int, multiple: Int)

  /// Longest side of an input that follows the picture. Larger pictures are shrunk to it, so that
  /// no picture asks for more memory than a network of this size takes.
  static let sideLimit = 4096

  /// The longest side that `shortestSide` keeps, as the published program has it.
  static let textSideLimit = 2000

  /// - Parameter source: The picture's size, both sides positive.
  /// - Returns: Sides of at least one multiple and at most `sideLimit`, where not fixed.
  func inputSize(for source: Size) -> Size {
    switch self {
    case .fixed(let size): return size
    case .roundedUp(let multiple):
      let ratio = Self.ratio(source, longest: Self.sideLimit)
      return Self.map(source) { side in
        ratio < 1
          ? Self.rounded(Double(side) * ratio, .toNearestOrEven, multiple)
          : Self.rounded(Double(side), .up, multiple)
      }
    case .shortestSide(let shortest, let multiple):
      let shrink = Self.ratio(source, longest: Self.textSideLimit)
      let reduced = Self.map(source) { max(1, Int((Double($0) * shrink).rounded(.down))) }
      let least = min(reduced.width, reduced.height)
      var ratio = least < shortest ? Double(shortest) / Double(least) : 1
      ratio = min(ratio, Double(Self.sideLimit) / Double(max(reduced.width, reduced.height)))
      return Self.map(reduced) { side in
        // Truncated before it is rounded, as the published program does.
        Self.rounded((Double(side) * ratio).rounded(.down), .toNearestOrEven, multiple)
      }
    }
  }

  private static func ratio(_ source: Size, longest: Int) -> Double {
    min(1, Double(longest) / Double(max(source.width, source.height)))
  }

  private static func map(_ size: Size, _ body: (Int) -> Int) -> Size {
    Size(width: body(size.width), height: body(size.height))
  }

  private static func rounded(
    _ side: Double, _ rule: FloatingPointRoundingRule, _ multiple: Int
  ) -> Int {
    max(1, Int((side / Double(multiple)).rounded(rule))) * multiple
  }
}
