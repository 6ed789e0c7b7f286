#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Keeps a second run from writing the same output: a lock that the system frees when the process
/// ends, however it ends.
final class OutputLock {
  private let path: InputPath
  private let number: Int32

  /// - Parameters:
  ///   - path: The file that is locked; it is made, and removed at the end.
  ///   - output: What it guards, for messages.
  /// - Throws: Exit 73 when it cannot be made or another run holds it.
  init(_ path: InputPath, guarding output: InputPath) throws {
    self.path = path
    while true {
      let number = open(path.cString, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard number >= 0 else {
        throw CommandFailure(
          .cannotCreate, "cannot create \(output.shown): \(lastSystemError().lowercased())")
      }
      guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
        let holder = Self.holder(number)
        close(number)
        throw CommandFailure(.cannotCreate, "\(output.shown) is in use by \(holder)")
      }
      // A run that has just finished may have removed the file that was opened.
      guard FileStatus(descriptor: number)?.identity == FileStatus(path)?.identity else {
        close(number)
        continue
      }
      ftruncate(number, 0)
      let text = Array("\(getpid())\n".utf8)
      _ = write(number, text, text.count)
      self.number = number
      return
    }
  }

  deinit {
    unlink(path.cString)
    close(number)
  }

  private static func holder(_ number: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = max(0, pread(number, &bytes, bytes.count, 0))
    let text = String(decoding: bytes[..<count].prefix { $0 != 0x0a }, as: UTF8.self)
    return Int(text).map { "pid \($0)" } ?? "another run"
  }
}
