/// Names for the files that are written per input, below one folder: they mirror the inputs and
/// never coincide.
enum OutputNames {
  /// - Parameters:
  ///   - inputs: In processing order.
  ///   - extensionOf: The new extension for a name, given the name; `nil` keeps it.
  /// - Returns: One relative path per input. Inputs whose relative names would give the same file
  ///   take their whole path instead (`a/1.jpg`, `b/1.jpg`), and a number where even that is taken.
  static func names(
    for inputs: [InputList.Input], extensionOf: ([UInt8]) -> String?
  ) -> [[UInt8]] {
    let short = inputs.map { renamed(safe($0.relativeName), extensionOf) }
    var uses: [[UInt8]: Int] = [:]
    for name in short { uses[name, default: 0] += 1 }
    var taken = Set(short.filter { uses[$0] == 1 })
    return inputs.indices.map { index in
      if uses[short[index]] == 1 { return short[index] }
      let whole = safe(inputs[index].path.bytes)
      var candidate = renamed(whole, extensionOf)
      if !taken.insert(candidate).inserted {
        // The same name but for its extension (1.jpg, 1.png), or spelt in two ways.
        candidate = extensionOf(whole).map { whole + Array(".\($0)".utf8) } ?? whole
        var number = 2
        while !taken.insert(candidate).inserted {
          candidate = Array("\(number)/".utf8) + whole
          number += 1
        }
      }
      return candidate
    }
  }

  /// The path's components without `.` and with `..` spelt `_`, so that nothing leaves the folder.
  private static func safe(_ path: [UInt8]) -> [UInt8] {
    let dot = UInt8(ascii: ".")
    let parts = path.split(separator: slash).filter { $0 != [dot] }
    let safe = parts.map { $0 == [dot, dot] ? [UInt8(ascii: "_")] : $0 }
    return Array(safe.joined(separator: [slash]))
  }

  private static func renamed(_ path: [UInt8], _ extensionOf: ([UInt8]) -> String?) -> [UInt8] {
    guard let newExtension = extensionOf(path) else { return path }
    let start = (path.lastIndex(of: slash) ?? -1) + 1
    let name = path[start...]
    let dot = name.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > start ? $0 : nil }
    return Array(path[..<(dot ?? path.count)]) + Array(".\(newExtension)".utf8)
  }
}
