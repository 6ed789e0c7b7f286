/// The lines of a text file, without their ends (LF or CR LF).
enum TextLines {
  /// - Throws: `AnnotationError` where a line is not UTF-8.
  static func of(_ bytes: [UInt8], path: String) throws(AnnotationError) -> [String] {
    var lines: [String] = []
    let start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    for line in bytes[start...].split(separator: 0x0a, omittingEmptySubsequences: false) {
      let content = line.last == 0x0d ? line.dropLast() : line
      guard let text = String(validating: content, as: UTF8.self) else {
        throw AnnotationError(path: path, line: lines.count + 1, "not well-formed UTF-8")
      }
      lines.append(text)
    }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// The words of a line, split at spaces and tabs.
  static func words(_ line: String) -> [Substring] { line.split { $0 == " " || $0 == "\t" } }

  /// Without spaces and tabs at both ends.
  static func trimmed(_ text: some StringProtocol) -> String {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    guard let first = text.firstIndex(where: { !isSpace($0) }),
      let last = text.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(text[first...last])
  }
}
