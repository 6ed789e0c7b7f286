/// A place in a JSON text.
package struct JSONPosition: Hashable, Sendable, CustomStringConvertible {
  /// Counted from 1; lines end at U+000A.
  package var line: Int
  /// Bytes from the start of the line, counted from 1.
  package var column: Int
  /// Bytes from the start of the text, counted from 0.
  package var offset: Int

  package init(line: Int, column: Int, offset: Int) {
    self.line = line
    self.column = column
    self.offset = offset
  }

  package var description: String { "line \(line), column \(column)" }
}

/// Why a text is refused as JSON, or a value cannot be written as JSON.
package enum JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text departs from the grammar.
  case syntax(JSONPosition, expected: String)
  /// Bytes in a string that are not well-formed UTF-8.
  case invalidUTF8(JSONPosition)
  /// A `\uD800`–`\uDFFF` escape without its other half.
  case loneSurrogate(JSONPosition)
  /// A number that rounds to infinity.
  case numberOutOfRange(JSONPosition, text: String)
  case duplicateKey(JSONPosition, key: String)
  case nestingTooDeep(JSONPosition, limit: Int)
  case tooLarge(byteCount: Int, byteLimit: Int)
  /// Writing: JSON has no infinity and no NaN.
  case nonFinite(Double)
  /// Writing: the value is nested deeper than a reader would accept.
  case valueTooDeep(limit: Int)

  package var description: String {
    switch self {
    case .syntax(let position, let expected): "\(position): expected \(expected)"
    case .invalidUTF8(let position): "\(position): not well-formed UTF-8"
    case .loneSurrogate(let position): "\(position): surrogate escape without its other half"
    case .numberOutOfRange(let position, let text):
      "\(position): number \(text) exceeds the range of a double"
    case .duplicateKey(let position, let key): "\(position): key \"\(key)\" given twice"
    case .nestingTooDeep(let position, let limit): "\(position): nesting deeper than \(limit)"
    case .tooLarge(let byteCount, let byteLimit):
      "\(byteCount) bytes of JSON exceed the limit of \(byteLimit)"
    case .nonFinite(let value): "\(value) cannot be written as JSON"
    case .valueTooDeep(let limit): "value is nested deeper than \(limit)"
    }
  }
}
