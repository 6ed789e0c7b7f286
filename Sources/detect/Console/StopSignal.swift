#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Lets SIGINT and SIGTERM end a run with every finished record written; a second signal ends it at
/// once.
enum StopSignal {
  /// Written by the handler only: the signal that came.
  nonisolated(unsafe) private static let flag = allocated(0)
  /// A descriptor that the handler writes a byte to; -1 for none.
  nonisolated(unsafe) private static let wakeup = allocated(-1)

  static func install() {
    _ = flag  // Allocated here, so that the handler only stores.
    _ = wakeup
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        StopSignal.flag.pointee = sig_atomic_t(number)
        signal(number == SIGINT ? SIGINT : SIGTERM, SIG_DFL)
        signal(number == SIGINT ? SIGTERM : SIGINT, SIG_DFL)
        var byte: UInt8 = 0
        _ = write(Int32(StopSignal.wakeup.pointee), &byte, 1)
      }
    }
  }

  /// Has the handler write to a descriptor.
  static func wakes(_ descriptor: Int32) { wakeup.pointee = sig_atomic_t(descriptor) }

  /// The exit code of the signal that came, if one came.
  static var status: ExitStatus? {
    switch Int32(flag.pointee) {
    case SIGINT: .interrupted
    case SIGTERM: .terminated
    default: nil
    }
  }

  private static func allocated(_ value: sig_atomic_t) -> UnsafeMutablePointer<sig_atomic_t> {
    let pointer = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
    pointer.initialize(to: value)
    return pointer
  }
}
