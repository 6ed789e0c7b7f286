#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A folder that per-input files are written into.
struct OutputFolder {
  let path: InputPath

  /// Makes the folder, parents included, and checks that files can be made in it.
  ///
  /// - Throws: Exit 73.
  init(_ path: InputPath) throws {
    self.path = path
    try Self.make(path)
    guard access(path.cString, W_OK | X_OK) == 0 else { throw Self.refusal(path) }
  }

  var identity: FileStatus.Identity? { FileStatus(path)?.identity }

  func file(_ relativeName: [UInt8]) -> InputPath { path.appending(relativeName) }

  /// Writes one whole file, through a temporary name.
  ///
  /// - Throws: Exit 73 or 74.
  func write(_ bytes: [UInt8], to relativeName: [UInt8]) throws {
    let target = file(relativeName)
    if let index = target.bytes.lastIndex(of: slash) {
      try Self.make(InputPath(bytes: Array(target.bytes[..<max(index, 1)])))
    }
    let output = try OutputFile(target)
    try output.write(bytes)
    try output.finish()
  }

  /// Brings a file of the folder to disk, if it is there.
  func synchronize(_ relativeName: [UInt8]) throws(Descriptor.Failure) {
    let number = open(file(relativeName).cString, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else { return }
    defer { close(number) }
    try Descriptor(number: number).synchronize()
  }

  /// Removes what an earlier run may have left.
  func remove(_ relativeName: [UInt8]) { unlink(file(relativeName).cString) }

  private static func make(_ path: InputPath) throws {
    if FileStatus(path)?.kind == .folder { return }
    var end = 0
    while end < path.bytes.count {
      end = path.bytes[(end + 1)...].firstIndex(of: slash) ?? path.bytes.count
      let prefix = InputPath(bytes: Array(path.bytes[..<end]))
      if mkdir(prefix.cString, 0o777) != 0 && errno != EEXIST && errno != EISDIR {
        throw refusal(path)
      }
    }
    guard FileStatus(path)?.kind == .folder else {
      throw CommandFailure(.cannotCreate, "cannot create \(path.shown): it is not a folder")
    }
  }

  private static func refusal(_ path: InputPath) -> CommandFailure {
    CommandFailure(.cannotCreate, "cannot create \(path.shown): \(lastSystemError().lowercased())")
  }
}
