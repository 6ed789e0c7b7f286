#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A path in the file system's own bytes, which need not be UTF-8.
struct InputPath: Hashable, Sendable {
  var bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }
  init(_ text: String) { bytes = Array(text.utf8) }

  /// For messages: one line, control characters and foreign bytes escaped.
  var shown: String { Escaping.line(bytes) }

  /// What `open` and its like take.
  var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

  func appending(_ component: [UInt8]) -> InputPath {
    InputPath(bytes: bytes.last == slash ? bytes + component : bytes + [slash] + component)
  }

  /// Where the file is: the part before the last slash, `.` without one.
  var folder: InputPath {
    guard let index = bytes.lastIndex(of: slash) else { return InputPath(".") }
    return InputPath(bytes: Array(bytes[..<max(index, 1)]))
  }

  /// The part after the last slash.
  var lastComponent: [UInt8] {
    let end = bytes.lastIndex { $0 != slash } ?? -1
    let start = (bytes[..<(end + 1)].lastIndex(of: slash) ?? -1) + 1
    return start <= end ? Array(bytes[start...end]) : []
  }
}

let slash = UInt8(ascii: "/")

extension InputPath: Comparable {
  /// Byte order.
  static func < (a: InputPath, b: InputPath) -> Bool {
    let common = min(a.bytes.count, b.bytes.count)
    let order = a.bytes.withUnsafeBytes { first in
      b.bytes.withUnsafeBytes { second in
        common == 0 ? 0 : memcmp(first.baseAddress!, second.baseAddress!, common)
      }
    }
    return order != 0 ? order < 0 : a.bytes.count < b.bytes.count
  }
}

/// The arguments as the system passed them. Swift's own strings have repaired what is not UTF-8.
enum RawArguments {
  /// The bytes of the first argument that reads as `text`.
  static func path(for text: String) -> InputPath {
    guard text.unicodeScalars.contains("\u{FFFD}") else { return InputPath(text) }
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[index] else { continue }
      if String(cString: argument) == text {
        let raw = UnsafeRawBufferPointer(
          start: argument, count: String.cStringLength(argument))
        return InputPath(bytes: Array(raw))
      }
    }
    return InputPath(text)
  }
}

extension String {
  fileprivate static func cStringLength(_ start: UnsafePointer<CChar>) -> Int {
    var count = 0
    while start[count] != 0 { count += 1 }
    return count
  }
}
