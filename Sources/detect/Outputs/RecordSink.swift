internal import Interchange

/// Where the records of a run go.
protocol RecordSink {
  /// Writes a record.
  ///
  /// - Parameters:
  ///   - index: Of the input in processing order.
  /// - Throws: `Failure` when this record cannot be held, `Descriptor.Failure` or `CommandFailure`
  ///   when writing fails.
  mutating func write(_ record: Record, index: Int) throws

  /// Brings to disk what was written.
  ///
  /// - Returns: The length of the results so far; 0 where each input has a file of its own.
  mutating func synchronize() throws(Descriptor.Failure) -> Int

  /// Writes what ends the results of a complete run.
  mutating func complete() throws(Descriptor.Failure)

  /// Puts the complete results in their place.
  func publish() throws(Descriptor.Failure)

  /// Where the results are while the run is not over, for messages.
  var unfinishedPath: InputPath? { get }
}

/// A stream format on standard output or in a file.
struct StreamSink: RecordSink {
  private var format: any RecordFormat
  private let file: ResultFile?
  private var isStarted: Bool

  /// - Parameters:
  ///   - file: `nil` for standard output. Where it holds something already, the format goes on
  ///     from there.
  ///   - recordCount: Records in the file.
  init(_ format: any RecordFormat, file: ResultFile?, recordCount: Int = 0) {
    self.format = format
    self.file = file
    isStarted = false
    guard let file, file.byteCount > 0 else { return }
    isStarted = true
    let header = self.format.header()
    self.format.resume(
      recordCount: recordCount, hasContent: file.byteCount > header.count)
  }

  var unfinishedPath: InputPath? { file?.partial }

  mutating func write(_ record: Record, index: Int) throws {
    let header = isStarted ? [] : format.header()
    let bytes = try format.bytes(for: record)
    try emit(header + bytes)
    isStarted = true
  }

  func synchronize() throws(Descriptor.Failure) -> Int {
    try file?.synchronize()
    return file?.byteCount ?? 0
  }

  mutating func complete() throws(Descriptor.Failure) {
    let header = isStarted ? [] : format.header()
    isStarted = true
    try emit(header + format.footer())
  }

  func publish() throws(Descriptor.Failure) { try file?.finish() }

  private func emit(_ bytes: [UInt8]) throws(Descriptor.Failure) {
    guard !bytes.isEmpty else { return }
    if let file { try file.write(bytes) } else { try Descriptor(number: 1).write(bytes) }
  }
}

/// A format with one file per input, such as YOLO's text files.
struct PerInputSink: RecordSink {
  let folder: OutputFolder
  /// One per input.
  let names: [[UInt8]]
  /// The file of a record; empty for none.
  let bytes: @Sendable (Record) throws -> [UInt8]
  /// Written and not brought to disk yet.
  private var pending: [Int] = []

  init(
    folder: OutputFolder, names: [[UInt8]], bytes: @escaping @Sendable (Record) throws -> [UInt8]
  ) {
    self.folder = folder
    self.names = names
    self.bytes = bytes
  }

  var unfinishedPath: InputPath? { nil }

  mutating func write(_ record: Record, index: Int) throws {
    guard record.failure == nil else { return }
    let bytes = try bytes(record)
    if bytes.isEmpty {
      folder.remove(names[index])
    } else {
      try folder.write(bytes, to: names[index])
      pending.append(index)
    }
  }

  mutating func synchronize() throws(Descriptor.Failure) -> Int {
    for index in pending { try folder.synchronize(names[index]) }
    pending = []
    return 0
  }

  func complete() {}
  func publish() {}
}
