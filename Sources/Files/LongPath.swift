#if canImport(Glibc)
  package import Glibc
#elseif canImport(Musl)
  package import Musl
#else
  package import Darwin
#endif

/// Opening paths of any length. The system takes at most `PATH_MAX` bytes at once, yet a tree of
/// folders can be deeper than that.
package enum LongPath {
  /// Shorter than the `PATH_MAX` of every system this runs on.
  private static let pieceLimit = 1000

  /// `open(2)` for a path in the file system's own bytes.
  ///
  /// A path that the system takes is opened in one call; a longer one folder by folder.
  ///
  /// - Parameter flags: As for `open(2)`; the file must exist.
  /// - Returns: A descriptor, or -1 with `errno` set.
  package static func open(_ path: [UInt8], flags: Int32) -> Int32 {
    withFolder(of: path) { folder, name in
      openat(folder, name, flags)
    }
  }

  /// `stat(2)` or `lstat(2)` for a path of any length.
  ///
  /// - Returns: `nil` with `errno` set.
  package static func status(_ path: [UInt8], followingLinks: Bool) -> stat? {
    var status = stat()
    let result = withFolder(of: path) { folder, name in
      fstatat(folder, name, &status, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW)
    }
    return result == 0 ? status : nil
  }

  /// Calls `body` with a folder and the rest of the path from there.
  private static func withFolder(
    of path: [UInt8], _ body: (Int32, [CChar]) -> Int32
  ) -> Int32 {
    guard path.count > pieceLimit else { return body(AT_FDCWD, cString(path[...])) }
    var folder = AT_FDCWD
    var rest = path[...]
    while rest.count > pieceLimit {
      // A component is at most 255 bytes, so there is a slash in each piece of a valid path.
      guard
        let end = rest.prefix(pieceLimit).lastIndex(of: UInt8(ascii: "/")), end > rest.startIndex
      else { break }
      let next = openat(folder, cString(rest[..<end]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      let code = errno
      if folder != AT_FDCWD { close(folder) }
      guard next >= 0 else {
        errno = code
        return -1
      }
      folder = next
      rest = rest[end...].drop { $0 == UInt8(ascii: "/") }
    }
    let result = body(folder, rest.isEmpty ? cString([UInt8(ascii: ".")]) : cString(rest))
    let code = errno
    if folder != AT_FDCWD { close(folder) }
    errno = code
    return result
  }

  private static func cString(_ bytes: ArraySlice<UInt8>) -> [CChar] {
    bytes.map { CChar(bitPattern: $0) } + [0]
  }
}
