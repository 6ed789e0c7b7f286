internal import ArgumentParser

/// A number of bytes: `512M`, `2G`, `800000k`, `1073741824`; the units are powers of 1024.
struct ByteCountArgument: ExpressibleByArgument {
  let byteCount: Int

  init?(argument: String) {
    var text = argument[...]
    var shift = 0
    if let unit = text.last.flatMap({ "kmgt".firstIndex(of: Character($0.lowercased())) }) {
      shift = 10 * ("kmgt".distance(from: "kmgt".startIndex, to: unit) + 1)
      text.removeLast()
    }
    guard let number = Int(text), number > 0, number <= Int.max >> shift else { return nil }
    byteCount = number << shift
  }
}
