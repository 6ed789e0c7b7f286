internal import Files
internal import StrictJSON

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// How far a run has come, in a file beside its results: what the run is on the first line, then a
/// line for each time the results were brought to disk.
final class Journal {
  private let path: InputPath
  private let descriptor: Descriptor
  private var byteCount: Int

  /// The longest state that is read: a checkpoint a second for years.
  private static let byteLimit = 1 << 30

  /// What a run that did not finish has left.
  struct Remains {
    let identity: RunIdentity
    /// In their order, each with the length of the journal up to its end.
    let checkpoints: [(checkpoint: Checkpoint, end: Int)]
    /// Length of the journal up to the end of its first line.
    let headerEnd: Int

    /// - Returns: `nil` when there is no journal or its first line is not one's.
    init?(_ path: InputPath) {
      guard
        let bytes = try? RegularFile.read(pathBytes: path.bytes, byteLimit: Journal.byteLimit)
      else { return nil }
      var start = 0
      var header: RunIdentity?
      var headerEnd = 0
      var checkpoints: [(Checkpoint, Int)] = []
      // A last line without its end was torn.
      while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
        guard let json = try? JSONReader.parse(bytes[start..<end]) else { break }
        start = end + 1
        if header == nil {
          guard let identity = RunIdentity(json) else { return nil }
          header = identity
          headerEnd = start
        } else if let checkpoint = Checkpoint(json) {
          checkpoints.append((checkpoint, start))
        } else {
          break
        }
      }
      guard let header else { return nil }
      identity = header
      self.checkpoints = checkpoints
      self.headerEnd = headerEnd
    }
  }

  /// Begins a journal.
  ///
  /// - Throws: Exit 73.
  convenience init(_ path: InputPath, identity: RunIdentity) throws {
    try self.init(path, keeping: 0)
    do {
      try append(identity.json)
    } catch {
      throw CommandFailure(.outputFailed, "\(path.shown): \(error.reason)")
    }
  }

  /// Goes on with a journal.
  ///
  /// - Parameter byteCount: What of it to keep.
  /// - Throws: Exit 73.
  init(_ path: InputPath, keeping byteCount: Int) throws {
    self.path = path
    self.byteCount = byteCount
    let number = open(path.cString, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard number >= 0, ftruncate(number, off_t(byteCount)) == 0 else {
      let reason = lastSystemError().lowercased()
      if number >= 0 { close(number) }
      throw CommandFailure(.cannotCreate, "cannot create \(path.shown): \(reason)")
    }
    descriptor = Descriptor(number: number)
  }

  deinit { close(descriptor.number) }

  func append(_ checkpoint: Checkpoint) throws(Descriptor.Failure) {
    try append(checkpoint.json)
  }

  private func append(_ json: JSONValue) throws(Descriptor.Failure) {
    guard var line = try? JSONWriter.bytes(of: json) else { return }
    line.append(UInt8(ascii: "\n"))
    do {
      try descriptor.write(line)
      byteCount += line.count
    } catch {
      ftruncate(descriptor.number, off_t(byteCount))
      throw error
    }
    try descriptor.synchronize()
  }

  /// The run is over and nothing is to be known about it.
  func remove() { unlink(path.cString) }
}
