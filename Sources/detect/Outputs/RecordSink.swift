internal import Interchange

/// Where the records of a run go.
protocol RecordSink {
  /// - Parameter index: Of the input in processing order.
  /// - Throws: `Failure` when this record cannot be held, `CommandFailure` when writing fails.
  mutating func write(_ record: Record, index: Int) throws

  /// Ends a complete run.
  mutating func finish() throws
}

/// A stream format on standard output or in a file.
struct StreamSink: RecordSink {
  private var format: any RecordFormat
  private let file: OutputFile?
  private var isStarted = false

  /// - Parameter file: `nil` for standard output.
  init(_ format: any RecordFormat, file: OutputFile?) {
    self.format = format
    self.file = file
  }

  mutating func write(_ record: Record, index: Int) throws {
    let header = isStarted ? [] : format.header()
    let bytes = try format.bytes(for: record)
    isStarted = true
    try emit(header + bytes)
  }

  mutating func finish() throws {
    let header = isStarted ? [] : format.header()
    try emit(header + format.footer())
    try file?.finish()
  }

  private func emit(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { return }
    if let file { try file.write(bytes) } else { try StandardStreams.output(bytes) }
  }
}

/// YOLO text files: one per input that has detections.
struct YOLOTextSink: RecordSink {
  let folder: OutputFolder
  /// One per input.
  let names: [[UInt8]]

  func write(_ record: Record, index: Int) throws {
    guard record.failure == nil else { return }
    let bytes = YOLOTextFormat.bytes(for: record)
    if bytes.isEmpty {
      folder.remove(names[index])
    } else {
      try folder.write(bytes, to: names[index])
    }
  }

  func finish() {}
}
