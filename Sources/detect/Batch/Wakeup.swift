#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A pipe through which threads and signal handlers wake the one thread that waits.
///
/// It waits with poll(2), which knows no wall clock: setting the system's time disturbs nothing.
final class Wakeup: @unchecked Sendable {
  private let readEnd: Int32
  private let writeEnd: Int32

  /// - Throws: Exit 70 when no descriptors are left.
  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw CommandFailure(.internal, "pipe: \(lastSystemError())")
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    readEnd = ends[0]
    writeEnd = ends[1]
    StopSignal.wakes(writeEnd)
  }

  deinit {
    StopSignal.wakes(-1)
    close(readEnd)
    close(writeEnd)
  }

  /// Ends the current or the next wait.
  func wake() {
    var byte: UInt8 = 0
    _ = write(writeEnd, &byte, 1)  // A full pipe wakes as well.
  }

  /// Waits until woken, or so long.
  func wait(milliseconds: Int32) {
    var descriptor = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, milliseconds) > 0 else { return }
    var bytes = [UInt8](repeating: 0, count: 256)
    while read(readEnd, &bytes, bytes.count) == bytes.count {}
  }
}
