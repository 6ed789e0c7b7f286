internal import ArgumentParser
internal import Geometry

/// `640` (both sides) or `640x480` (width x height).
struct InputSizeArgument: ExpressibleByArgument {
  /// Larger inputs are mistakes: their network would not fit in memory.
  static let maxSide = 16_384

  let size: Size

  var sides: (width: Int, height: Int) { (size.width, size.height) }

  init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard let width = sides[0], (1...Self.maxSide).contains(width) else { return nil }
    switch sides.count {
    case 1: size = Size(width: width, height: width)
    case 2:
      guard let height = sides[1], (1...Self.maxSide).contains(height) else { return nil }
      size = Size(width: width, height: height)
    default: return nil
    }
  }
}
