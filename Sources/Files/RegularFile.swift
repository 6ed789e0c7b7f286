#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Reading whole files that users name, with nothing that can block, be swapped for a device or
/// outgrow its limit.
package enum RegularFile {
  /// The bytes of a regular file.
  ///
  /// Opened with `O_NONBLOCK` (a FIFO cannot block), checked with `fstat` and read with `read(2)`
  /// (a file truncated meanwhile is an error, never a signal).
  ///
  /// - Parameters:
  ///   - path: Any path; symbolic links are followed.
  ///   - byteLimit: Larger files are refused before memory is asked for.
  /// - Throws: `FileError`.
  package static func read(_ path: String, byteLimit: Int) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.opening(path, code: errno) }
    return try read(descriptor, path: path, byteLimit: byteLimit)
  }

  /// The same for a path in the file system's own bytes, which need not be UTF-8; errors carry it
  /// repaired.
  package static func read(pathBytes: [UInt8], byteLimit: Int) throws -> [UInt8] {
    let path = String(decoding: pathBytes, as: UTF8.self)
    let descriptor = LongPath.open(pathBytes, flags: O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.opening(path, code: errno) }
    return try read(descriptor, path: path, byteLimit: byteLimit)
  }

  /// The first bytes of a regular file, at most `byteCount`, and the size of the whole.
  ///
  /// - Throws: `FileError`.
  package static func prefix(
    pathBytes: [UInt8], byteCount: Int
  ) throws -> (bytes: [UInt8], size: Int) {
    let path = String(decoding: pathBytes, as: UTF8.self)
    let descriptor = LongPath.open(pathBytes, flags: O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.opening(path, code: errno) }
    defer { close(descriptor) }
    let size = try self.size(descriptor, path: path)
    let bytes = try read(descriptor, path: path, count: min(size, max(byteCount, 0)))
    return (bytes, size)
  }

  /// Reads and closes an open file.
  private static func read(
    _ descriptor: Int32, path: String, byteLimit: Int
  ) throws -> [UInt8] {
    defer { close(descriptor) }
    let size = try self.size(descriptor, path: path)
    guard size <= byteLimit else {
      throw FileError.tooLarge(path, byteCount: size, byteLimit: byteLimit)
    }
    let bytes = try read(descriptor, path: path, count: size)
    var extra: UInt8 = 0
    guard Self.read(descriptor, &extra, 1) == 0 else { throw FileError.changed(path) }
    return bytes
  }

  /// The size of an open file that must be a regular one.
  private static func size(_ descriptor: Int32, path: String) throws(FileError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .io(path, system: errorText(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path) }
    return Int(status.st_size)
  }

  /// The next bytes of an open file, exactly so many.
  private static func read(
    _ descriptor: Int32, path: String, count wanted: Int
  ) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      count = 0
      askForHugePages(UnsafeMutableRawBufferPointer(buffer))
      while count < wanted {
        let got = Self.read(descriptor, buffer.baseAddress! + count, wanted - count)
        if got < 0 {
          failure = .io(path, system: errorText(errno))
          return
        }
        if got == 0 { break }
        count += got
      }
      if count < wanted { failure = .changed(path) }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Large files take fewer page faults so; a hint, which may be ignored.
  private static func askForHugePages(_ buffer: UnsafeMutableRawBufferPointer) {
    #if os(Linux)
      let page = 2 << 20
      guard let start = buffer.baseAddress.map(UInt.init(bitPattern:)) else { return }
      let first = (start + UInt(page) - 1) / UInt(page) * UInt(page)
      let end = (start + UInt(buffer.count)) / UInt(page) * UInt(page)
      guard first < end else { return }
      madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_HUGEPAGE)
    #endif
  }

  /// `read(2)`, repeated when a signal interrupts it.
  private static func read(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int
  ) -> Int {
    while true {
      #if canImport(Glibc)
        let got = Glibc.read(descriptor, buffer, count)
      #elseif canImport(Musl)
        let got = Musl.read(descriptor, buffer, count)
      #else
        let got = Darwin.read(descriptor, buffer, count)
      #endif
      if got < 0 && errno == EINTR { continue }
      return got
    }
  }
}

func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Why a file could not be read. Each case carries the path as given.
package enum FileError: Error, Hashable, Sendable, CustomStringConvertible {
  case notFound(String)
  case permissionDenied(String)
  case notRegular(String)
  case tooLarge(String, byteCount: Int, byteLimit: Int)
  case changed(String)
  case io(String, system: String)

  static func opening(_ path: String, code: Int32) -> FileError {
    switch code {
    case ENOENT, ENOTDIR: .notFound(path)
    case EACCES, EPERM: .permissionDenied(path)
    case ENXIO: .notRegular(path)
    default: .io(path, system: errorText(code))
    }
  }

  /// The cause without the path, for records that have the path in a field of its own.
  package var detail: String {
    switch self {
    case .notFound: "no such file"
    case .permissionDenied: "permission denied"
    case .notRegular: "not a regular file"
    case .tooLarge(_, let byteCount, let byteLimit):
      "\(byteCount) bytes exceed the limit of \(byteLimit)"
    case .changed: "changed while reading"
    case .io(_, let system): system
    }
  }

  package var path: String {
    switch self {
    case .notFound(let path), .permissionDenied(let path), .notRegular(let path),
      .tooLarge(let path, _, _), .changed(let path), .io(let path, _):
      path
    }
  }

  package var description: String { "\(path): \(detail)" }
}
