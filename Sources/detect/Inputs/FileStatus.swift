internal import Files

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What stat(2) says about a path.
struct FileStatus {
  enum Kind { case regular, folder, symbolicLink, other }

  /// One file, whatever its names.
  struct Identity: Hashable {
    let device: UInt64
    let node: UInt64
  }

  let kind: Kind
  let identity: Identity
  let byteCount: Int
  /// Nanoseconds since 1970; only ever compared for equality.
  let modified: Int

  /// `nil` when there is nothing of that name or it cannot be looked up; `errno` says which.
  init?(_ path: InputPath, followingLinks: Bool = true) {
    guard let status = LongPath.status(path.bytes, followingLinks: followingLinks) else {
      return nil
    }
    self.init(status)
  }

  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      case S_IFLNK: .symbolicLink
      default: .other
      }
    identity = Identity(device: UInt64(status.st_dev), node: UInt64(status.st_ino))
    byteCount = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modified = time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
  }
}

/// The system's words for the last error.
func lastSystemError() -> String { String(cString: strerror(errno)) }
