/// A result format that goes to one stream: a header, then something for each record, then an end.
///
/// What each call returns ends with a whole line, so that a stream cut between two calls has no
/// torn line in it.
package protocol RecordFormat: Sendable {
  /// Bytes before the first record.
  mutating func header() -> [UInt8]

  /// Takes the place of `header()` when a stream that was cut between two records goes on.
  ///
  /// - Parameters:
  ///   - recordCount: Records given so far, failed ones included.
  ///   - hasContent: Whether anything but the header was written.
  mutating func resume(recordCount: Int, hasContent: Bool)

  /// Bytes for one record; empty where the format has nothing to say about it.
  ///
  /// - Throws: `Failure` when the format cannot hold this record; it is then written as a failed
  ///   input.
  mutating func bytes(for record: Record) throws(Failure) -> [UInt8]

  /// Bytes after the last record.
  mutating func footer() -> [UInt8]
}

extension RecordFormat {
  package mutating func header() -> [UInt8] { [] }
  package mutating func resume(recordCount: Int, hasContent: Bool) {}
  package mutating func footer() -> [UInt8] { [] }
}
