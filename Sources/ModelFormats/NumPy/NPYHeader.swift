internal import Neural

/// The header of a `.npy` file: a Python dictionary literal with exactly the keys `descr`,
/// `fortran_order` and `shape` (NumPy Enhancement Proposal 1). It is matched against that one form
/// and never evaluated.
struct NPYHeader: Equatable {
  var elementType: ElementType
  var isBigEndian: Bool
  var isFortranOrder: Bool
  var shape: [Int]

  /// Longer headers are refused, as NumPy itself does: only structured types need them.
  static let byteLimit = 10_000
  /// NumPy allows 64 since version 2.
  static let axisLimit = 64

  init(elementType: ElementType, isBigEndian: Bool, isFortranOrder: Bool, shape: [Int]) {
    self.elementType = elementType
    self.isBigEndian = isBigEndian
    self.isFortranOrder = isFortranOrder
    self.shape = shape
  }

  /// - Parameter text: What lies between the header's length and the data.
  /// - Throws: `ModelError.malformed`.
  init(parsing text: [UInt8]) throws {
    var parser = NPYHeaderParser(text: text)
    var descriptor: String?
    var order: Bool?
    var sizes: [Int]?
    try parser.expect("{")
    while !parser.take("}") {
      let key = try parser.string()
      try parser.expect(":")
      switch key {
      case "descr" where descriptor == nil: descriptor = try parser.descriptor()
      case "fortran_order" where order == nil: order = try parser.bool()
      case "shape" where sizes == nil: sizes = try parser.shape()
      default: throw parser.error("has the key '\(key)', unknown or given twice")
      }
      if !parser.take(",") {
        try parser.expect("}")
        break
      }
    }
    try parser.expectEnd()
    guard let descriptor else { throw parser.error("lacks the key 'descr'") }
    guard let order else { throw parser.error("lacks the key 'fortran_order'") }
    guard let sizes else { throw parser.error("lacks the key 'shape'") }
    let (elementType, isBigEndian) = try NPYHeader.type(of: descriptor)
    self.init(
      elementType: elementType, isBigEndian: isBigEndian, isFortranOrder: order, shape: sizes)
  }

  /// The type that an array-protocol string such as `<f4` names.
  private static func type(of descriptor: String) throws -> (ElementType, isBigEndian: Bool) {
    let first = descriptor.first ?? " "
    let hasOrder = "<>|=".contains(first)
    let code = hasOrder ? String(descriptor.dropFirst()) : descriptor
    guard let type = elementTypes[code] else {
      if code.hasPrefix("O") {
        throw ModelError.malformed(
          "data type '\(printable(descriptor))': pickled objects are not loaded")
      }
      throw ModelError.malformed(
        "data type '\(printable(descriptor))' is not one of "
          + elementTypes.keys.sorted().joined(separator: ", "))
    }
    guard type.byteCount == 1 || (hasOrder && first != "|") else {
      throw ModelError.malformed("data type '\(printable(descriptor))' lacks its byte order")
    }
    return (type, first == ">")
  }

  private static let elementTypes: [String: ElementType] = [
    "f2": .float16, "f4": .float32, "f8": .float64, "i1": .int8, "i2": .int16, "i4": .int32,
    "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool,
    "?": .bool,
  ]
}

/// The few tokens a header consists of, without recursion.
private struct NPYHeaderParser {
  let text: [UInt8]
  var offset = 0

  init(text: [UInt8]) { self.text = text }

  func error(_ what: String) -> ModelError { .malformed("the array header \(printable(what))") }

  private var peek: UInt8? { offset < text.count ? text[offset] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || (0x09...0x0d).contains(byte) { offset += 1 }
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws {
    guard take(character) else { throw error("lacks '\(character)' at byte \(offset)") }
  }

  mutating func expectEnd() throws {
    skipSpace()
    guard peek == nil else { throw error("goes on after the dictionary at byte \(offset)") }
  }

  /// A string in either kind of quotes; escapes do not occur in the strings that may stand here.
  mutating func string() throws -> String {
    skipSpace()
    guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw error("lacks a string at byte \(offset)")
    }
    offset += 1
    let start = offset
    while let byte = peek, byte != quote {
      guard (0x20..<0x7f).contains(byte), byte != UInt8(ascii: "\\") else {
        throw error("has a string with other than plain characters at byte \(offset)")
      }
      offset += 1
    }
    guard peek == quote else { throw error("ends inside a string") }
    offset += 1
    return String(decoding: text[start..<offset - 1], as: UTF8.self)
  }

  mutating func descriptor() throws -> String {
    if take("[") || take("(") {
      throw error("describes a structured type; only plain numbers are read")
    }
    return try string()
  }

  mutating func bool() throws -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)]
    where text[offset...].starts(with: word.utf8) {
      offset += word.utf8.count
      return value
    }
    throw error("lacks True or False at byte \(offset)")
  }

  /// `()`, `(3,)`, `(3, 4)`, `(3, 4,)`; Python 2 wrote `3L`.
  mutating func shape() throws -> [Int] {
    try expect("(")
    var sizes: [Int] = []
    while !take(")") {
      guard sizes.count < NPYHeader.axisLimit else {
        throw error("has more than \(NPYHeader.axisLimit) axes")
      }
      sizes.append(try size())
      if take(",") { continue }
      guard sizes.count > 1 else { throw error("has a number as shape, not a tuple") }
      try expect(")")
      break
    }
    return sizes
  }

  private mutating func size() throws -> Int {
    skipSpace()
    let start = offset
    var value = 0
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, carry) = tenfold.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !overflow && !carry else { throw error("has an axis whose size overflows") }
      value = next
      offset += 1
    }
    guard offset > start else { throw error("lacks a size at byte \(offset)") }
    if peek == UInt8(ascii: "L") { offset += 1 }
    return value
  }
}
