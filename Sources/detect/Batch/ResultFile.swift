#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The file that a run's results go to: lines are appended to `NAME.partial`, whole ones by one
/// write(2) each, and the complete file takes its name at the end. Until then an older file of that
/// name is untouched. A device or pipe is written to directly.
final class ResultFile {
  let path: InputPath
  /// `nil` for a device or pipe.
  let partial: InputPath?
  /// Written by this run and the one it continues.
  private(set) var byteCount: Int
  private let descriptor: Descriptor

  static func partialPath(of path: InputPath) -> InputPath {
    InputPath(bytes: path.bytes + Array(".partial".utf8))
  }

  /// Whether something of that name exists that is written to directly.
  static func isDirect(_ path: InputPath) -> Bool {
    FileStatus(path).map { $0.kind != .regular } ?? false
  }

  /// - Parameter byteCount: What to keep of a partial file; the rest is cut off.
  /// - Throws: Exit 73.
  init(_ path: InputPath, keeping byteCount: Int) throws {
    self.path = path
    self.byteCount = byteCount
    let isDirect = Self.isDirect(path)
    if isDirect && FileStatus(path)?.kind == .folder {
      throw CommandFailure(.cannotCreate, "cannot create \(path.shown): it is a folder")
    }
    let target = isDirect ? path : Self.partialPath(of: path)
    partial = isDirect ? nil : target
    let flags = isDirect ? O_WRONLY : O_WRONLY | O_CREAT | O_APPEND
    let number = open(target.cString, flags | O_CLOEXEC, 0o666)
    guard number >= 0, isDirect || ftruncate(number, off_t(byteCount)) == 0 else {
      let reason = lastSystemError().lowercased()
      if number >= 0 { close(number) }
      throw CommandFailure(.cannotCreate, "cannot create \(path.shown): \(reason)")
    }
    descriptor = Descriptor(number: number)
  }

  deinit { close(descriptor.number) }

  /// Appends whole lines. Where not all could be written nothing of them stays.
  func write(_ bytes: [UInt8]) throws(Descriptor.Failure) {
    guard !bytes.isEmpty else { return }
    do {
      try descriptor.write(bytes)
      byteCount += bytes.count
    } catch {
      if partial != nil { ftruncate(descriptor.number, off_t(byteCount)) }
      throw error
    }
  }

  /// Returns when everything written is on disk.
  func synchronize() throws(Descriptor.Failure) { try descriptor.synchronize() }

  /// Puts the complete file in its place.
  func finish() throws(Descriptor.Failure) {
    guard let partial else { return }
    try synchronize()
    guard rename(partial.cString, path.cString) == 0 else {
      throw Descriptor.Failure(call: "rename", code: errno)
    }
    let folder = open(path.folder.cString, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    defer { close(folder) }
    try Descriptor(number: folder).synchronize()
  }

  /// Removes a partial file that holds nothing.
  func discard() { if let partial { unlink(partial.cString) } }
}
