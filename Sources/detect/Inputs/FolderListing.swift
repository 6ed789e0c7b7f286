#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The pictures in a folder, in byte order of their paths.
struct FolderListing {
  /// Names that a folder's pictures end with, in any case. What a file is, its content decides;
  /// files given by name are tried whatever they are called.
  static let pictureExtensions: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "png"]

  var isRecursive: Bool
  /// Folders to leave out, such as the one that annotated pictures go to.
  var excluded: Set<FileStatus.Identity> = []

  struct Result {
    var pictures: [InputPath] = []
    /// Things with a picture's name that are not files, and links to folders.
    var skipped: [(path: InputPath, reason: String)] = []
    /// Folders that could not be listed and links to nothing.
    var failed: [(path: InputPath, reason: String)] = []
  }

  /// Walks with a list of its own, so a deep tree costs no stack; never follows links to folders,
  /// so it cannot go round in circles. Names with a leading dot are left out.
  func pictures(in folder: InputPath) -> Result {
    var result = Result()
    var pending = [folder]
    while let next = pending.popLast() {
      guard let names = Self.names(in: next) else {
        result.failed.append((next, lastSystemError()))
        continue
      }
      for name in names where name.first != UInt8(ascii: ".") {
        classify(next.appending(name), name: name, pending: &pending, result: &result)
      }
    }
    result.pictures.sort()
    result.skipped.sort { $0.path < $1.path }
    result.failed.sort { $0.path < $1.path }
    return result
  }

  private func classify(
    _ path: InputPath, name: [UInt8], pending: inout [InputPath], result: inout Result
  ) {
    let isPicture = Self.isPictureName(name)
    guard let own = FileStatus(path, followingLinks: false) else {
      if isPicture { result.pictures.append(path) }  // Gone: its turn will report it.
      return
    }
    switch own.kind {
    case .folder:
      if excluded.contains(own.identity) { return }
      if isRecursive {
        pending.append(path)
      } else if isPicture {
        result.skipped.append((path, "not a regular file"))
      }
    case .symbolicLink:
      switch FileStatus(path)?.kind {
      case .folder:
        if isRecursive { result.skipped.append((path, "symbolic link to a folder")) }
      case .other: if isPicture { result.skipped.append((path, "not a regular file")) }
      case nil: if isPicture { result.failed.append((path, "dangling symbolic link")) }
      default: if isPicture { result.pictures.append(path) }
      }
    case .regular: if isPicture { result.pictures.append(path) }
    case .other: if isPicture { result.skipped.append((path, "not a regular file")) }
    }
  }

  private static func isPictureName(_ name: [UInt8]) -> Bool {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return false }
    return pictureExtensions.contains(
      String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased())
  }

  /// The entries of a folder, `.` and `..` included; `nil` when it cannot be listed.
  private static func names(in folder: InputPath) -> [[UInt8]]? {
    guard let directory = opendir(folder.cString) else { return nil }
    defer { closedir(directory) }
    var names: [[UInt8]] = []
    errno = 0
    while let entry = readdir(directory) {
      withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          names.append(Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))))
        }
      }
      errno = 0
    }
    return errno == 0 ? names : nil
  }
}
