#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file that appears under its name only when it is complete.
///
/// Bytes go to `NAME.partial`, which is locked against a second run, and `finish` renames it. Until
/// then an older file of that name is untouched. A device or pipe is written to directly.
final class OutputFile {
  enum Content {
    /// The results of a whole run: on disk for certain when `finish` returns; what was written before
    /// a failure stays in the partial file.
    case results
    /// Quickly made again: nothing stays after a failure.
    case reproducible
  }

  private let path: InputPath
  private let partial: InputPath?
  private let descriptor: Descriptor
  private let content: Content
  private var isEmpty = true
  private var isFinished = false

  /// - Throws: Exit 73, before anything is computed.
  init(_ path: InputPath, content: Content) throws {
    self.path = path
    self.content = content
    if let status = FileStatus(path), status.kind != .regular {
      guard status.kind != .folder else {
        throw CommandFailure(.cannotCreate, "cannot create \(path.shown): it is a folder")
      }
      partial = nil
      descriptor = Descriptor(number: open(path.cString, O_WRONLY | O_CLOEXEC))
      guard descriptor.number >= 0 else { throw Self.refusal(path) }
      return
    }
    let partial = InputPath(bytes: path.bytes + Array(".partial".utf8))
    self.partial = partial
    descriptor = try Self.lockedFile(partial, for: path)
  }

  deinit {
    if let partial, !isFinished, isEmpty || content == .reproducible { unlink(partial.cString) }
    close(descriptor.number)
  }

  /// - Throws: Exit 74.
  func write(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { return }
    do {
      isEmpty = false
      try descriptor.write(bytes)
    } catch {
      throw failure(error)
    }
  }

  /// Puts the complete file in its place.
  ///
  /// - Throws: Exit 74.
  func finish() throws {
    guard let partial else { return }
    do {
      if content == .results { try descriptor.synchronize() }
      guard rename(partial.cString, path.cString) == 0 else {
        throw Descriptor.Failure(call: "rename", code: errno)
      }
    } catch let error as Descriptor.Failure {
      throw failure(error)
    }
    isFinished = true
    guard content == .results else { return }
    let folder = open(Self.folder(of: path).cString, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  private func failure(_ error: Descriptor.Failure) -> CommandFailure {
    if error.isReaderGone { return CommandFailure(.readerGone, nil) }
    let isKept = content == .results && !isEmpty
    let kept = isKept ? partial.map { "; what was written is in \($0.shown)" } ?? "" : ""
    return CommandFailure(.outputFailed, "\(path.shown): \(error.reason)\(kept)")
  }

  /// Opens, locks and empties the partial file.
  private static func lockedFile(
    _ partial: InputPath, for path: InputPath
  ) throws -> Descriptor {
    while true {
      let number = open(partial.cString, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
      guard number >= 0 else { throw refusal(path) }
      guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
        close(number)
        throw CommandFailure(.cannotCreate, "\(path.shown) is in use by another run")
      }
      // A run that has just finished may have renamed the file that was opened.
      let isCurrent = FileStatus(descriptor: number)?.identity == FileStatus(partial)?.identity
      guard isCurrent else {
        close(number)
        continue
      }
      guard ftruncate(number, 0) == 0 else {
        close(number)
        throw refusal(path)
      }
      return Descriptor(number: number)
    }
  }

  private static func refusal(_ path: InputPath) -> CommandFailure {
    CommandFailure(.cannotCreate, "cannot create \(path.shown): \(lastSystemError().lowercased())")
  }

  private static func folder(of path: InputPath) -> InputPath {
    guard let index = path.bytes.lastIndex(of: slash) else { return InputPath(".") }
    return InputPath(bytes: Array(path.bytes[..<max(index, 1)]))
  }
}
