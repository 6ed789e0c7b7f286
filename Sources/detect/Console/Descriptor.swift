#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Writing to a file descriptor with write(2), whole or not at all as far as the caller can tell.
struct Descriptor {
  let number: Int32

  /// The system call that failed and why.
  struct Failure: Error {
    let call: String
    let code: Int32
    var number: Int32 = -1

    var isReaderGone: Bool { code == EPIPE }
    var reason: String {
      switch code {
      case ENOSPC: "no space left"
      case EFBIG: "file too large"
      case EBADF: number == 1 ? "stdout closed" : "closed"
      default: "\(call): \(String(cString: strerror(code)))"
      }
    }
  }

  /// Writes all bytes; goes on after interruptions and short writes.
  func write(_ bytes: [UInt8]) throws(Failure) {
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          Glibc.write(number, buffer.baseAddress! + start, bytes.count - start)
        #elseif canImport(Musl)
          Musl.write(number, buffer.baseAddress! + start, bytes.count - start)
        #else
          Darwin.write(number, buffer.baseAddress! + start, bytes.count - start)
        #endif
      }
      if count >= 0 {
        start += count
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      } else if errno != EINTR {
        throw Failure(call: "write", code: errno, number: number)
      }
    }
  }

  func synchronize() throws(Failure) {
    while fsync(number) != 0 {
      if errno == EINVAL || errno == EROFS { return }  // Nothing to synchronise: a pipe, a device.
      guard errno == EINTR else { throw Failure(call: "fsync", code: errno) }
    }
  }
}
