/// The sections of a Darknet `.cfg` file, as text, in order.
struct DarknetConfiguration {
  struct Option {
    var key: String
    var value: String
    /// Counted from 1.
    var line: Int
  }

  struct Section {
    /// Without the brackets.
    var name: String
    var line: Int
    var options: [Option] = []
  }

  private(set) var sections: [Section] = []

  static let byteLimit = 1 << 22
  static let lineByteLimit = 4096
  static let sectionLimit = 10_000
  /// Keys of one section.
  static let optionLimit = 200

  /// Reads lines of the forms `[section]`, `key=value`, `# comment` and `; comment`; spaces around
  /// names and values and comments after them are dropped.
  ///
  /// - Throws: `ModelError` with the line. A line of any other form, a key without section, a key
  ///   given twice in a section and bytes other than UTF-8 text are errors.
  init(parsing bytes: [UInt8]) throws {
    if let foreign = ForeignContent.description(of: bytes) { throw ModelError.notAModel(foreign) }
    var number = 0
    for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
      number += 1
      guard line.count <= DarknetConfiguration.lineByteLimit else {
        throw ModelError.limit(
          "length of line \(number)", value: line.count,
          allowed: DarknetConfiguration.lineByteLimit)
      }
      try read(line: line, number: number)
    }
    guard !sections.isEmpty else {
      throw ModelError.notAModel("the configuration has no section")
    }
  }

  private mutating func read(line: ArraySlice<UInt8>, number: Int) throws {
    let comment = line.firstIndex { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: ";") }
    let content = trimmed(line[..<(comment ?? line.endIndex)])
    guard let first = content.first else { return }
    let text = String(decoding: content, as: UTF8.self)
    guard Array(text.utf8) == Array(content), !content.contains(where: isControl) else {
      throw ModelError.malformed("line \(number) is not plain text")
    }
    if first == UInt8(ascii: "[") {
      guard content.last == UInt8(ascii: "]"), content.count > 2 else {
        throw ModelError.malformed("line \(number): a section name in brackets expected")
      }
      guard sections.count < DarknetConfiguration.sectionLimit else {
        throw ModelError.limit(
          "number of sections", value: sections.count + 1,
          allowed: DarknetConfiguration.sectionLimit)
      }
      let name = String(text.dropFirst().dropLast())
      sections.append(Section(name: name, line: number))
      return
    }
    guard let equals = content.firstIndex(of: UInt8(ascii: "=")), equals > content.startIndex else {
      throw ModelError.malformed("line \(number): 'key=value' expected, not '\(printable(text))'")
    }
    let key = String(decoding: trimmed(content[..<equals]), as: UTF8.self)
    let value = String(decoding: trimmed(content[(equals + 1)...]), as: UTF8.self)
    guard let last = sections.indices.last else {
      throw ModelError.malformed("line \(number): '\(printable(key))' stands before any section")
    }
    guard sections[last].options.count < DarknetConfiguration.optionLimit else {
      throw ModelError.limit(
        "number of keys in a section, at line \(number),", value: sections[last].options.count + 1,
        allowed: DarknetConfiguration.optionLimit)
    }
    guard !sections[last].options.contains(where: { $0.key == key }) else {
      throw ModelError.malformed("line \(number): '\(printable(key))' is given twice")
    }
    sections[last].options.append(Option(key: key, value: value, line: number))
  }

  private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
    let tail = bytes.drop(while: isSpace)
    return tail.prefix(tail.reversed().drop(while: isSpace).count)
  }

  private func isControl(_ byte: UInt8) -> Bool { (byte < 0x20 && byte != 0x09) || byte == 0x7f }
}
