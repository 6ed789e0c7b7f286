/// The tokens of a JSON text.
struct JSONScanner {
  let bytes: UnsafeBufferPointer<UInt8>
  private(set) var offset = 0

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  /// The next byte; 0, which no token starts with, at the end.
  var peek: UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  var position: JSONPosition { position(at: offset) }

  /// Line and column, counted only when something is wrong.
  func position(at offset: Int) -> JSONPosition {
    var line = 1
    var lineStart = 0
    for index in 0..<offset where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    return JSONPosition(line: line, column: offset - lineStart + 1, offset: offset)
  }

  func syntax(_ expected: String) -> JSONError { .syntax(position, expected: expected) }

  mutating func advance() { offset += 1 }

  mutating func skipSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0a, 0x0d: offset += 1
      default: return
      }
    }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  mutating func literal<T>(_ text: StaticString, _ value: T) throws(JSONError) -> T {
    let count = text.utf8CodeUnitCount
    guard bytes.count - offset >= count else { throw syntax("\(text)") }
    for index in 0..<count where bytes[offset + index] != text.utf8Start[index] {
      throw syntax("\(text)")
    }
    offset += count
    return value
  }
}

// MARK: Numbers

extension JSONScanner {
  private mutating func digits() throws(JSONError) {
    let start = offset
    while offset < bytes.count, isDigit(bytes[offset]) { offset += 1 }
    guard offset > start else { throw syntax("a digit") }
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  mutating func number() throws(JSONError) -> JSONValue {
    let start = offset
    let isNegative = take(UInt8(ascii: "-"))
    guard isDigit(peek) else { throw syntax(isNegative ? "a digit" : "a value") }
    if !take(UInt8(ascii: "0")) { try digits() }
    let integerEnd = offset
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    if offset == integerEnd, let value = integer(from: start, isNegative: isNegative) {
      return .integer(value)
    }
    return .number(try double(from: start))
  }

  /// The value of the integer token that ends here; `nil` for -0 and where it exceeds `Int`.
  private func integer(from start: Int, isNegative: Bool) -> Int? {
    var value = 0
    for index in (isNegative ? start + 1 : start)..<offset {
      let digit = Int(bytes[index] - UInt8(ascii: "0"))
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, carry) =
        isNegative
        ? tenfold.subtractingReportingOverflow(digit) : tenfold.addingReportingOverflow(digit)
      if overflow || carry { return nil }
      value = next
    }
    return isNegative && value == 0 ? nil : value
  }

  private func double(from start: Int) throws(JSONError) -> Double {
    let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<offset]), as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw .numberOutOfRange(position(at: start), text: String(text.prefix(32)))
    }
    return value
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

// MARK: Strings

extension JSONScanner {
  /// The string whose opening quote is the next byte.
  mutating func string() throws(JSONError) -> String {
    offset += 1
    let start = offset
    try skipPlainText()
    if take(UInt8(ascii: "\"")) {
      let run = UnsafeBufferPointer(rebasing: bytes[start..<offset - 1])
      return String(decoding: run, as: UTF8.self)
    }
    return try stringWithEscapes(from: start)
  }

  /// Goes on, after the plain text from `start` on, with a string that has escapes.
  private mutating func stringWithEscapes(from start: Int) throws(JSONError) -> String {
    var text = Array(bytes[start..<offset])
    while !take(UInt8(ascii: "\"")) {
      try escape(into: &text)
      let plainStart = offset
      try skipPlainText()
      text.append(contentsOf: bytes[plainStart..<offset])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Skips well-formed text up to the next quote or backslash.
  private mutating func skipPlainText() throws(JSONError) {
    while offset < bytes.count {
      let byte = bytes[offset]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): return
      case 0..<0x20: throw syntax("no control character in a string")
      case 0..<0x80: offset += 1
      default: try skipMultibyte(first: byte)
      }
    }
    throw syntax("the end of a string")
  }

  /// Skips one character of two to four bytes (Unicode 15, table 3-7).
  private mutating func skipMultibyte(first: UInt8) throws(JSONError) {
    let (count, secondRange): (Int, ClosedRange<UInt8>)
    switch first {
    case 0xc2...0xdf: (count, secondRange) = (2, 0x80...0xbf)
    case 0xe0: (count, secondRange) = (3, 0xa0...0xbf)
    case 0xed: (count, secondRange) = (3, 0x80...0x9f)
    case 0xe1...0xef: (count, secondRange) = (3, 0x80...0xbf)
    case 0xf0: (count, secondRange) = (4, 0x90...0xbf)
    case 0xf1...0xf3: (count, secondRange) = (4, 0x80...0xbf)
    case 0xf4: (count, secondRange) = (4, 0x80...0x8f)
    default: throw .invalidUTF8(position)
    }
    guard bytes.count - offset >= count, secondRange.contains(bytes[offset + 1]) else {
      throw .invalidUTF8(position)
    }
    for index in 2..<max(count, 2) where bytes[offset + index] & 0xc0 != 0x80 {
      throw .invalidUTF8(position)
    }
    offset += count
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    offset += 1
    guard offset < bytes.count else { throw syntax("an escaped character") }
    switch bytes[offset] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[offset])
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      try unicodeEscape(into: &text)
      return
    default: throw syntax("one of \" \\ / b f n r t u")
    }
    offset += 1
  }

  /// Reads `uXXXX`, and the low half `\uXXXX` where the first is a high surrogate.
  private mutating func unicodeEscape(into text: inout [UInt8]) throws(JSONError) {
    let start = offset - 1
    var code = try hexCode()
    if code & 0xfc00 == 0xd800 {
      guard take(UInt8(ascii: "\\")), peek == UInt8(ascii: "u") else {
        throw .loneSurrogate(position(at: start))
      }
      let low = try hexCode()
      guard low & 0xfc00 == 0xdc00 else { throw .loneSurrogate(position(at: start)) }
      code = 0x10000 + (code & 0x3ff) << 10 + low & 0x3ff
    }
    guard let scalar = Unicode.Scalar(code) else { throw .loneSurrogate(position(at: start)) }
    text.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
  }

  private mutating func hexCode() throws(JSONError) -> UInt32 {
    offset += 1
    var code: UInt32 = 0
    for _ in 0..<4 {
      switch peek {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 | UInt32(peek & 0xf)
      case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
        code = code << 4 | UInt32(peek & 0xf + 9)
      default: throw syntax("four hexadecimal digits")
      }
      offset += 1
    }
    return code
  }
}
