#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A regular file held open for reading in parts, that knows whether it changed since.
package final class OpenFile {
  /// For `pread(2)`; closed with this object.
  package let descriptor: Int32
  /// The size when it was opened.
  package let byteCount: Int
  /// As given, repaired to text.
  package let path: String
  private let opened: Stamp

  private struct Stamp: Hashable {
    var size: Int
    var seconds: Int
    var nanoseconds: Int

    init?(_ descriptor: Int32) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return nil }
      size = Int(status.st_size)
      #if canImport(Darwin)
        seconds = Int(status.st_mtimespec.tv_sec)
        nanoseconds = Int(status.st_mtimespec.tv_nsec)
      #else
        seconds = Int(status.st_mtim.tv_sec)
        nanoseconds = Int(status.st_mtim.tv_nsec)
      #endif
    }
  }

  /// Opens as `RegularFile.read` does: nothing that can block, no device.
  ///
  /// - Throws: `FileError`.
  package init(pathBytes: [UInt8]) throws {
    path = String(decoding: pathBytes, as: UTF8.self)
    let descriptor = open(
      pathBytes.map { CChar(bitPattern: $0) } + [0], O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.opening(path, code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, let stamp = Stamp(descriptor) else {
      let code = errno
      close(descriptor)
      throw FileError.io(path, system: errorText(code))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError.notRegular(path)
    }
    self.descriptor = descriptor
    byteCount = stamp.size
    opened = stamp
  }

  deinit { close(descriptor) }

  /// Whether the file still has the size and the time of its last change that it had when opened.
  package var isUnchanged: Bool { Stamp(descriptor) == opened }
}
