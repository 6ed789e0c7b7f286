#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A list of paths in a file or on standard input.
struct PathList {
  enum Source {
    case standardInput
    case file(InputPath)
  }

  enum Separator: UInt8 {
    case newline = 0x0a
    /// For names that hold newlines, as `find -print0` writes them.
    case zero = 0
  }

  /// Longer lists are refused.
  private static let byteLimit = 1 << 30

  let source: Source
  let separator: Separator

  /// The paths in their order; empty lines stand for nothing, and the last line need not end.
  ///
  /// - Throws: Exit 66 when the list cannot be read, 64 when a path holds a zero byte.
  func paths() throws -> [InputPath] {
    let bytes: [UInt8]
    let name: String
    switch source {
    case .standardInput:
      name = "standard input"
      bytes = try StandardStreams.input(byteLimit: Self.byteLimit)
    case .file(let path):
      name = path.shown
      // A list may come through a pipe: `--files-from <(find …)`.
      let number = open(path.cString, O_RDONLY | O_CLOEXEC)
      guard number >= 0 else {
        throw CommandFailure(.noInput, "\(name): \(lastSystemError().lowercased())")
      }
      defer { close(number) }
      bytes = try StandardStreams.bytes(of: number, name: name, byteLimit: Self.byteLimit)
    }
    return try bytes.split(separator: separator.rawValue).map { entry in
      guard separator == .zero || !entry.contains(0) else {
        throw CommandFailure(
          .usage, "\(name): a path cannot hold a zero byte (-0 takes lists that zeros separate)")
      }
      return InputPath(bytes: Array(entry))
    }
  }
}
