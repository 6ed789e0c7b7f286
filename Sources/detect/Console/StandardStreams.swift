#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Standard output for data, standard error for messages: never mixed.
enum StandardStreams {
  /// Makes writes fail with an error code instead of a signal, and keeps files that are opened
  /// later from taking the number of a closed standard stream.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    for number in 0...2 as ClosedRange<Int32> where fcntl(number, F_GETFD) < 0 {
      // A descriptor open the wrong way round: every use fails as if it were still closed.
      _ = open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes data to standard output.
  ///
  /// - Throws: Exit 141 without a message when the reader has gone, else exit 74.
  static func output(_ bytes: [UInt8]) throws {
    do {
      try Descriptor(number: 1).write(bytes)
    } catch {
      if error.isReaderGone { throw CommandFailure(.readerGone, nil) }
      throw CommandFailure(.outputFailed, "standard output: \(error.reason)")
    }
  }

  static func output(_ text: String) throws { try output(Array(text.utf8)) }

  /// One line on standard error, with the program's name in front and control characters escaped.
  static func message(_ text: String) {
    let line = Array("detect: \(Escaping.line(text))\n".utf8)
    try? Descriptor(number: 2).write(line)
  }

  /// All of standard input.
  ///
  /// - Throws: Exit 66 when it cannot be read or is longer than `byteLimit`.
  static func input(byteLimit: Int) throws -> [UInt8] {
    try bytes(of: 0, name: "standard input", byteLimit: byteLimit)
  }

  /// All that a descriptor gives: of a file, a pipe, a device.
  ///
  /// - Parameter name: For messages.
  /// - Throws: Exit 66 when it cannot be read or is longer than `byteLimit`.
  static func bytes(of descriptor: Int32, name: String, byteLimit: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw CommandFailure(.noInput, "\(name): \(lastSystemError().lowercased())")
      }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= byteLimit else {
        throw CommandFailure(.noInput, "\(name): more than \(byteLimit) bytes")
      }
    }
  }
}
