/// What a NumPy file may ask for; checked before memory is allocated.
package struct NumPyLimits: Hashable, Sendable {
  /// Larger files are refused unread.
  package var fileByteLimit: Int
  /// Bytes that all compressed members of an archive may expand to together.
  package var inflatedByteLimit: Int
  /// Members of an archive.
  package var memberLimit: Int

  package init(
    fileByteLimit: Int = 1 << 31, inflatedByteLimit: Int = 1 << 29, memberLimit: Int = 1000
  ) {
    self.fileByteLimit = fileByteLimit
    self.inflatedByteLimit = inflatedByteLimit
    self.memberLimit = memberLimit
  }
}
