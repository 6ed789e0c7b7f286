#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The end of the program while threads may still be at work: nothing they use is taken down.
/// Everything is written with write(2), so nothing waits in buffers.
enum Termination {
  static func now(_ status: ExitStatus) -> Never { _exit(status.rawValue) }
}
