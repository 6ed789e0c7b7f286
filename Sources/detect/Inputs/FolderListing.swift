internal import Files

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
  static let pictureExtensions = ["jpg", "jpeg", "jpe", "jfif", "png"].map { Array($0.utf8) }

  var isRecursive: Bool
  /// Whether links to folders are entered, each folder once.
  var followsLinks = false
  /// Folders to leave out, such as the one that annotated pictures go to.
  var excluded: Set<FileStatus.Identity> = []

  struct Result {
    var pictures: [InputPath] = []
    /// Things with a picture's name that are not files, and links to folders.
    var skipped: [(path: InputPath, reason: String)] = []
    /// Folders that could not be listed and links to nothing.
    var failed: [(path: InputPath, reason: String)] = []
  }

  /// Walks with a list of its own, so a deep tree costs no stack and one open folder at a time.
  /// Names with a leading dot are left out.
  func pictures(in folder: InputPath) -> Result {
    var walk = Walk(pending: [folder])
    if followsLinks, let identity = FileStatus(folder)?.identity { walk.entered = [identity] }
    while let next = walk.pending.popLast() {
      let isListed = Self.forEachName(in: next) { name, kind in
        guard name.first != UInt8(ascii: ".") else { return }
        let isPicture = Self.isPictureName(name)
        if kind == .regular {
          if isPicture { walk.result.pictures.append(next.appending(name)) }
        } else {
          classify(next.appending(name), isPicture: isPicture, in: next, root: folder, &walk)
        }
      }
      if !isListed { walk.result.failed.append((next, lastSystemError())) }
    }
    walk.result.pictures.sort()
    walk.result.skipped.sort { $0.path < $1.path }
    walk.result.failed.sort { $0.path < $1.path }
    return walk.result
  }

  private struct Walk {
    var pending: [InputPath]
    /// Folders met, where links are followed.
    var entered: Set<FileStatus.Identity> = []
    var result = Result()
  }

  private func classify(
    _ path: InputPath, isPicture: Bool, in folder: InputPath, root: InputPath, _ walk: inout Walk
  ) {
    guard let own = FileStatus(path, followingLinks: false) else {
      if isPicture { walk.result.pictures.append(path) }  // Gone: its turn will report it.
      return
    }
    switch own.kind {
    case .folder: enter(path, own.identity, isPicture: isPicture, &walk)
    case .symbolicLink:
      let target = FileStatus(path)
      switch target?.kind {
      case .folder:
        guard isRecursive else { return }
        if let identity = target?.identity, isAncestor(identity, of: folder, root: root) {
          walk.result.skipped.append((path, "symlink loop"))
        } else if followsLinks, let identity = target?.identity {
          enter(path, identity, isPicture: isPicture, &walk)
        } else {
          walk.result.skipped.append((path, "symlink to a folder (--follow takes it)"))
        }
      case .other: if isPicture { walk.result.skipped.append((path, "not a regular file")) }
      case nil: if isPicture { walk.result.failed.append((path, "dangling symlink")) }
      default: if isPicture { walk.result.pictures.append(path) }
      }
    case .regular: if isPicture { walk.result.pictures.append(path) }
    case .other: if isPicture { walk.result.skipped.append((path, "not a regular file")) }
    }
  }

  private func enter(
    _ path: InputPath, _ identity: FileStatus.Identity, isPicture: Bool, _ walk: inout Walk
  ) {
    if excluded.contains(identity) { return }
    guard isRecursive else {
      if isPicture { walk.result.skipped.append((path, "not a regular file")) }
      return
    }
    if followsLinks && !walk.entered.insert(identity).inserted {
      walk.result.skipped.append((path, "folder met before"))
      return
    }
    walk.pending.append(path)
  }

  /// Whether a folder on the way from `root` to `folder`, both included, is the one asked for.
  private func isAncestor(
    _ identity: FileStatus.Identity, of folder: InputPath, root: InputPath
  ) -> Bool {
    var end = folder.bytes.count
    while true {
      if FileStatus(InputPath(bytes: Array(folder.bytes[..<end])))?.identity == identity {
        return true
      }
      guard end > root.bytes.count, let cut = folder.bytes[..<end].lastIndex(of: slash),
        cut >= root.bytes.count
      else { break }
      end = cut
    }
    return FileStatus(root)?.identity == identity
  }

  private static func isPictureName(_ name: [UInt8]) -> Bool {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return false }
    let count = name.count - dot - 1
    return pictureExtensions.contains { known in
      known.count == count
        && known.indices.allSatisfy { known[$0] == name[dot + 1 + $0] | 0x20 }
    }
  }

  /// Gives the entries of a folder in no order, each with its kind where the folder states it
  /// (`nil`: to be looked up), without `.` and `..`.
  ///
  /// - Returns: Whether the folder could be listed.
  private static func forEachName(
    in folder: InputPath, _ body: ([UInt8], FileStatus.Kind?) -> Void
  ) -> Bool {
    let descriptor = LongPath.open(folder.bytes, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    guard let directory = fdopendir(descriptor) else {
      close(descriptor)
      return false
    }
    defer { closedir(directory) }
    errno = 0
    while let entry = readdir(directory) {
      let kind: FileStatus.Kind? = entry.pointee.d_type == UInt8(DT_REG) ? .regular : nil
      withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          body(Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))), kind)
        }
      }
      errno = 0
    }
    return errno == 0
  }
}
