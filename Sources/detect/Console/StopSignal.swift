#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Lets SIGINT and SIGTERM end a run between two inputs, with every record written; a second signal
/// ends it at once.
enum StopSignal {
  /// Written by the handler only, read between inputs.
  nonisolated(unsafe) private static let flag: UnsafeMutablePointer<sig_atomic_t> = {
    let flag = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
    flag.initialize(to: 0)
    return flag
  }()

  static func install() {
    _ = flag  // Allocated here, so that the handler only stores.
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        StopSignal.flag.pointee = sig_atomic_t(number)
        signal(number, SIG_DFL)
      }
    }
  }

  /// The exit code of the signal that came, if one came.
  static var status: ExitStatus? {
    switch Int32(flag.pointee) {
    case SIGINT: .interrupted
    case SIGTERM: .terminated
    default: nil
    }
  }
}
