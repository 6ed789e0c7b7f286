#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file, quickly made again, that appears under its name only when it is complete.
///
/// Bytes go to `NAME.partial`, which is locked against a second run, and `finish` renames it. Until
/// then an older file of that name is untouched; after a failure nothing stays. A device or pipe is
/// written to directly.
final class OutputFile {
  private let path: InputPath
  private let partial: InputPath?
  private let descriptor: Descriptor
  private var isFinished = false

  /// - Throws: Exit 73, before anything is computed.
  init(_ path: InputPath) throws {
    self.path = path
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
    if let partial, !isFinished { unlink(partial.cString) }
    close(descriptor.number)
  }

  /// - Throws: Exit 74.
  func write(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { return }
    do {
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
    guard rename(partial.cString, path.cString) == 0 else {
      throw failure(Descriptor.Failure(call: "rename", code: errno))
    }
    isFinished = true
  }

  private func failure(_ error: Descriptor.Failure) -> CommandFailure {
    if error.isReaderGone { return CommandFailure(.readerGone, nil) }
    return CommandFailure(.outputFailed, "\(path.shown): \(error.reason)")
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
}
