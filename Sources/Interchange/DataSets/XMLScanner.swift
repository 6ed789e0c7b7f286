/// Reads the small part of XML that annotation tools write: elements and text. It is strict and
/// bounded; it knows no document types, so no entity can grow.
///
/// One pass, no recursion: whoever reads keeps the stack.
struct XMLScanner {
  enum Event: Hashable {
    /// `<name …>`; attributes are checked and dropped.
    case start(String)
    case end(String)
    /// Character data between two tags, references replaced; never only white space.
    case text(String)
  }

  struct Failure: Error, Hashable {
    var line: Int
    var detail: String
  }

  static let depthLimit = 64
  static let nameLimit = 256

  private let bytes: [UInt8]
  private var offset = 0
  private(set) var line = 1
  /// Where the event given last begins.
  private(set) var eventLine = 1
  private var open: [String] = []
  private var hasRoot = false
  /// The end of an empty element `<a/>`, given next.
  private var pendingEnd: String?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { offset = 3 }
  }

  /// The next event; `nil` at the end of a complete document.
  mutating func next() throws(Failure) -> Event? {
    if let name = pendingEnd {
      pendingEnd = nil
      return .end(name)
    }
    while offset < bytes.count {
      eventLine = line
      if bytes[offset] != UInt8(ascii: "<") {
        if let text = try characters() { return .text(text) }
        continue
      }
      if try skipMarkup() { continue }
      return try tag()
    }
    eventLine = line
    if let name = open.last { throw fail("<\(name)> is not closed") }
    guard hasRoot else { throw fail("no element") }
    return nil
  }

  private func fail(_ detail: String) -> Failure { Failure(line: line, detail: detail) }

  private mutating func advance(_ count: Int = 1) {
    for _ in 0..<count {
      if bytes[offset] == UInt8(ascii: "\n") { line += 1 }
      offset += 1
    }
  }

  private func isAt(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes[offset...].starts(with: $0) }
  }

  /// Skips a comment or a processing instruction.
  private mutating func skipMarkup() throws(Failure) -> Bool {
    let end: StaticString
    if isAt("<!--") {
      end = "-->"
    } else if isAt("<?") {
      end = "?>"
    } else if isAt("<!") {
      throw fail("document types and CDATA sections are not supported")
    } else {
      return false
    }
    let begin = line
    advance(2)
    while offset < bytes.count, !isAt(end) { advance() }
    guard offset < bytes.count else {
      throw Failure(line: begin, detail: "a comment or instruction without end")
    }
    advance(end.utf8CodeUnitCount)
    return true
  }

  private mutating func tag() throws(Failure) -> Event {
    advance()
    let isEnd = isAt("/")
    if isEnd { advance() }
    let name = try name()
    if isEnd {
      skipSpace()
      guard isAt(">") else { throw fail("expected > after </\(name)") }
      guard open.last == name else {
        throw fail("</\(name)> closes " + (open.last.map { "<\($0)>" } ?? "nothing"))
      }
      advance()
      open.removeLast()
      return .end(name)
    }
    guard !open.isEmpty || !hasRoot else { throw fail("a second element <\(name)> at the top") }
    guard open.count < Self.depthLimit else {
      throw fail("elements nested deeper than \(Self.depthLimit)")
    }
    hasRoot = true
    try skipAttributes(of: name)
    if isAt("/") {
      advance()
      guard isAt(">") else { throw fail("expected > in <\(name)") }
      advance()
      pendingEnd = name
      return .start(name)
    }
    advance()
    open.append(name)
    return .start(name)
  }

  /// Goes to the `>` or `/` that ends a start tag.
  private mutating func skipAttributes(of element: String) throws(Failure) {
    while true {
      skipSpace()
      guard offset < bytes.count else { throw fail("<\(element)> without end") }
      if isAt(">") || isAt("/") { return }
      _ = try name()
      skipSpace()
      guard isAt("=") else { throw fail("expected = in <\(element)>") }
      advance()
      skipSpace()
      guard isAt("\"") || isAt("'") else { throw fail("expected a quote in <\(element)>") }
      let quote = bytes[offset]
      advance()
      while offset < bytes.count, bytes[offset] != quote {
        guard bytes[offset] != UInt8(ascii: "<") else { throw fail("< in an attribute") }
        advance()
      }
      guard offset < bytes.count else { throw fail("<\(element)> without end") }
      advance()
    }
  }

  private mutating func name() throws(Failure) -> String {
    let start = offset
    while offset < bytes.count, isName(bytes[offset]), offset - start <= Self.nameLimit {
      offset += 1
    }
    guard offset > start, offset - start <= Self.nameLimit,
      let name = String(validating: bytes[start..<offset], as: UTF8.self)
    else { throw fail("expected a name") }
    return name
  }

  private func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: ":"), 0x80...0xff:
      true
    default: false
    }
  }

  private mutating func skipSpace() {
    while offset < bytes.count, isSpace(bytes[offset]) { advance() }
  }

  private func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }

  /// The text up to the next tag, without white space around it; `nil` when nothing is left.
  private mutating func characters() throws(Failure) -> String? {
    var text: [UInt8] = []
    while offset < bytes.count, bytes[offset] != UInt8(ascii: "<") {
      if bytes[offset] == UInt8(ascii: "&") {
        text += try reference()
      } else {
        guard bytes[offset] >= 0x20 || isSpace(bytes[offset]) else {
          throw fail("a control character")
        }
        text.append(bytes[offset])
        advance()
      }
    }
    guard let first = text.firstIndex(where: { !isSpace($0) }),
      let last = text.lastIndex(where: { !isSpace($0) })
    else { return nil }
    guard !open.isEmpty else { throw fail("text outside of the element") }
    guard let trimmed = String(validating: text[first...last], as: UTF8.self) else {
      throw fail("not well-formed UTF-8")
    }
    return trimmed
  }

  private mutating func reference() throws(Failure) -> [UInt8] {
    let known: [(StaticString, StaticString)] = [
      ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"),
    ]
    for (reference, text) in known where isAt(reference) {
      advance(reference.utf8CodeUnitCount)
      return Array("\(text)".utf8)
    }
    let digitLimit = 8
    guard isAt("&#"),
      let end = bytes[offset...].prefix(digitLimit + 4).firstIndex(of: UInt8(ascii: ";"))
    else { throw fail("an unknown reference &…;") }
    let body = String(decoding: bytes[(offset + 2)..<end], as: UTF8.self)
    let value =
      body.hasPrefix("x") ? UInt32(body.dropFirst(), radix: 16) : UInt32(body, radix: 10)
    guard let value, value >= 0x20 || [9, 10, 13].contains(value),
      let scalar = Unicode.Scalar(value)
    else { throw fail("&\(body); is no character") }
    advance(end + 1 - offset)
    return Array(String(Character(scalar)).utf8)
  }
}
