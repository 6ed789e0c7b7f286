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

  /// Walks with a list of its own, so a deep tree costs no stack and two open folders at a time.
  /// Names with a leading dot are left out.
  func pictures(in folder: InputPath) -> Result {
    var walk = Walk(pending: [Walk.Entry(path: folder, parent: -1, nameStart: 0)])
    var current: OpenFolder?
    var number = 0
    while let next = walk.pending.popLast() {
      number += 1
      guard
        let opened = OpenFolder(
          next, number: number, near: current, followsLinks: followsLinks || next.parent < 0)
      else {
        walk.result.failed.append((next.path, lastSystemError()))
        continue
      }
      if next.parent >= 0 && excluded.contains(opened.identity) { continue }
      if followsLinks && !walk.entered.insert(opened.identity).inserted {
        walk.result.skipped.append((next.path, "folder met before"))
        continue
      }
      current = opened
      let isListed = opened.forEachName { name, kind in
        guard name.first != UInt8(ascii: ".") else { return }
        let isPicture = Self.isPictureName(name)
        switch kind {
        case .regular: if isPicture { walk.result.pictures.append(next.path.appending(name)) }
        case .folder: enter(next.path.appending(name), from: opened, isPicture: isPicture, &walk)
        default:
          let path = next.path.appending(name)
          classify(path, isPicture: isPicture, in: opened, next.path, root: folder, &walk)
        }
      }
      if !isListed { walk.result.failed.append((next.path, lastSystemError())) }
    }
    walk.result.pictures.sort()
    walk.result.skipped.sort { $0.path < $1.path }
    walk.result.failed.sort { $0.path < $1.path }
    return walk.result
  }

  fileprivate struct Walk {
    struct Entry {
      let path: InputPath
      /// The number of the folder that it was found in.
      let parent: Int
      let nameStart: Int
    }

    var pending: [Entry]
    /// Folders met, where links are followed.
    var entered: Set<FileStatus.Identity> = []
    var result = Result()
  }

  private func classify(
    _ path: InputPath, isPicture: Bool, in opened: OpenFolder, _ folder: InputPath,
    root: InputPath, _ walk: inout Walk
  ) {
    guard let own = FileStatus(path, followingLinks: false) else {
      if isPicture { walk.result.pictures.append(path) }  // Gone: its turn will report it.
      return
    }
    switch own.kind {
    case .folder: enter(path, from: opened, isPicture: isPicture, &walk)
    case .symbolicLink:
      let target = FileStatus(path)
      switch target?.kind {
      case .folder:
        guard isRecursive else { return }
        if let identity = target?.identity, isAncestor(identity, of: folder, root: root) {
          walk.result.skipped.append((path, "symlink loop"))
        } else if followsLinks {
          enter(path, from: opened, isPicture: isPicture, &walk)
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
    _ path: InputPath, from opened: OpenFolder, isPicture: Bool, _ walk: inout Walk
  ) {
    if isRecursive {
      let start = path.bytes.count - path.lastComponent.count
      walk.pending.append(Walk.Entry(path: path, parent: opened.number, nameStart: start))
    } else if isPicture {
      walk.result.skipped.append((path, "not a regular file"))
    }
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
}

/// A folder while it is listed.
private final class OpenFolder {
  let number: Int
  let identity: FileStatus.Identity
  private let directory: OpaquePointer

  /// - Parameter near: The folder listed last: one found in it is opened from there, so that a deep
  ///   tree is not walked from its root for every folder.
  /// - Returns: `nil` with `errno` set.
  init?(
    _ entry: FolderListing.Walk.Entry, number: Int, near: OpenFolder?, followsLinks: Bool
  ) {
    // What was a folder when it was found may have been replaced by a link.
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (followsLinks ? 0 : O_NOFOLLOW)
    let descriptor: Int32
    if let near, near.number == entry.parent {
      let name = entry.path.bytes[entry.nameStart...].map { CChar(bitPattern: $0) } + [0]
      descriptor = openat(dirfd(near.directory), name, flags)
    } else {
      descriptor = LongPath.open(entry.path.bytes, flags: flags)
    }
    guard descriptor >= 0 else { return nil }
    guard let identity = FileStatus(descriptor: descriptor)?.identity,
      let directory = fdopendir(descriptor)
    else {
      let code = errno
      close(descriptor)
      errno = code
      return nil
    }
    self.number = number
    self.identity = identity
    self.directory = directory
  }

  deinit { closedir(directory) }

  /// Gives the names in no order, `.` and `..` included, each with its kind where the folder states
  /// it (`nil`: to be looked up).
  ///
  /// - Returns: Whether the folder could be listed.
  func forEachName(_ body: ([UInt8], FileStatus.Kind?) -> Void) -> Bool {
    errno = 0
    while let entry = readdir(directory) {
      let kind: FileStatus.Kind? =
        switch Int(entry.pointee.d_type) {
        case Int(DT_REG): .regular
        case Int(DT_DIR): .folder
        default: nil
        }
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
