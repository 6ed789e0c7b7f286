/// Writes JSON with the same bytes for the same value, always.
///
/// Numbers are the shortest decimal that reads back as the same value; strings are UTF-8 with only
/// what RFC 8259 demands escaped; members keep their order.
package enum JSONWriter {
  package enum Style: Sendable {
    /// No white space at all.
    case compact
    /// Two spaces of indentation; an array of scalars stays on one line.
    case pretty
  }

  /// The deepest nesting written: what `JSONReader` accepts by default.
  package static let depthLimit = 100

  /// The bytes of `value`, without a line end.
  ///
  /// - Throws: `JSONError.nonFinite`, `.valueTooDeep`.
  package static func bytes(
    of value: JSONValue, style: Style = .compact
  ) throws(JSONError) -> [UInt8] {
    var output: [UInt8] = []
    try append(value, to: &output, style: style)
    return output
  }

  /// The text of `value`, without a line end.
  ///
  /// - Throws: `JSONError.nonFinite`, `.valueTooDeep`.
  package static func string(
    of value: JSONValue, style: Style = .compact
  ) throws(JSONError) -> String {
    String(decoding: try bytes(of: value, style: style), as: UTF8.self)
  }

  /// Appends `value` to `output`, without a line end. What was appended before an error stays.
  ///
  /// - Throws: `JSONError.nonFinite`, `.valueTooDeep`.
  package static func append(
    _ value: JSONValue, to output: inout [UInt8], style: Style = .compact
  ) throws(JSONError) {
    try append(value, to: &output, style: style, depth: 0)
  }

  private static func append(
    _ value: JSONValue, to output: inout [UInt8], style: Style, depth: Int
  ) throws(JSONError) {
    switch value {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): append(value, to: &output)
    case .number(let value): try append(value, to: &output)
    case .string(let value): append(value, to: &output)
    case .array(let elements):
      try appendArray(elements, to: &output, style: style, depth: depth)
    case .object(let object):
      try appendObject(object, to: &output, style: style, depth: depth)
    }
  }

  private static func appendArray(
    _ elements: [JSONValue], to output: inout [UInt8], style: Style, depth: Int
  ) throws(JSONError) {
    guard depth < depthLimit else { throw .valueTooDeep(limit: depthLimit) }
    let isOnOneLine = style == .compact || elements.allSatisfy(\.isScalar)
    output.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      if !isOnOneLine {
        appendLineStart(to: &output, depth: depth + 1)
      } else if index > 0 && style == .pretty {
        output.append(UInt8(ascii: " "))
      }
      try append(element, to: &output, style: style, depth: depth + 1)
    }
    if !isOnOneLine { appendLineStart(to: &output, depth: depth) }
    output.append(UInt8(ascii: "]"))
  }

  private static func appendObject(
    _ object: JSONObject, to output: inout [UInt8], style: Style, depth: Int
  ) throws(JSONError) {
    guard depth < depthLimit else { throw .valueTooDeep(limit: depthLimit) }
    output.append(UInt8(ascii: "{"))
    for (index, member) in object.members.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      if style == .pretty { appendLineStart(to: &output, depth: depth + 1) }
      append(member.key, to: &output)
      output.append(UInt8(ascii: ":"))
      if style == .pretty { output.append(UInt8(ascii: " ")) }
      try append(member.value, to: &output, style: style, depth: depth + 1)
    }
    if style == .pretty && !object.members.isEmpty { appendLineStart(to: &output, depth: depth) }
    output.append(UInt8(ascii: "}"))
  }

  private static func appendLineStart(to output: inout [UInt8], depth: Int) {
    output.append(UInt8(ascii: "\n"))
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
  }
}

// MARK: Scalars, for writers that stream

extension JSONWriter {
  /// Appends the decimal digits of `value`.
  package static func append(_ value: Int, to output: inout [UInt8]) {
    output.append(contentsOf: value.description.utf8)
  }

  /// Appends the shortest decimal that reads back as `value`, such as `0.25`, `1.0`, `1e-07`.
  ///
  /// - Throws: `JSONError.nonFinite`.
  package static func append(_ value: Double, to output: inout [UInt8]) throws(JSONError) {
    guard value.isFinite else { throw .nonFinite(value) }
    output.append(contentsOf: value.description.utf8)
  }

  /// Appends the shortest decimal that reads back as the same `Float`.
  ///
  /// - Throws: `JSONError.nonFinite`.
  package static func append(_ value: Float, to output: inout [UInt8]) throws(JSONError) {
    guard value.isFinite else { throw .nonFinite(Double(value)) }
    output.append(contentsOf: value.description.utf8)
  }

  /// Appends `value` in quotes; escapes only quotes, backslashes and control characters.
  package static func append(_ value: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        output.append(UInt8(ascii: "\\"))
        output.append(byte)
      case 0x08: output.append(contentsOf: #"\b"#.utf8)
      case 0x09: output.append(contentsOf: #"\t"#.utf8)
      case 0x0a: output.append(contentsOf: #"\n"#.utf8)
      case 0x0c: output.append(contentsOf: #"\f"#.utf8)
      case 0x0d: output.append(contentsOf: #"\r"#.utf8)
      case 0..<0x20:
        output.append(contentsOf: #"\u00"#.utf8)
        for digit in [byte >> 4, byte & 0xf] {
          output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}

extension JSONValue {
  fileprivate var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }
}
