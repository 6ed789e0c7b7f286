/// Reads JSON texts as RFC 8259 defines them and nothing else: no byte order mark, no comments, no
/// trailing commas, no `NaN`; ill-formed UTF-8, lone surrogates and duplicate keys are refused.
package enum JSONReader {
  package enum DuplicateKeys: Sendable {
    /// A repeated key is an error: two programs would read two different things.
    case refuse
    /// The first value stands and later ones are dropped.
    case keepFirst
  }

  package struct Options: Sendable {
    /// Arrays and objects inside one another; `[]` has depth 1.
    package var depthLimit: Int
    /// Longer texts are refused before they are looked at.
    package var byteLimit: Int
    package var duplicateKeys: DuplicateKeys

    package init(
      depthLimit: Int = 100, byteLimit: Int = 1 << 30, duplicateKeys: DuplicateKeys = .refuse
    ) {
      self.depthLimit = depthLimit
      self.byteLimit = byteLimit
      self.duplicateKeys = duplicateKeys
    }
  }

  /// The one value that `bytes` hold.
  ///
  /// Works through a stack of its own, so nesting costs no stack of the thread.
  ///
  /// - Parameter bytes: UTF-8; white space may surround the value.
  /// - Throws: `JSONError` with the place in the text.
  /// - Complexity: O(bytes) time and memory.
  package static func parse(
    _ bytes: [UInt8], options: Options = Options()
  ) throws(JSONError) -> JSONValue {
    let result = bytes.withUnsafeBufferPointer { parse($0, options: options) }
    return try result.get()
  }

  /// The same for bytes that lie in the middle of something else.
  package static func parse(
    _ bytes: ArraySlice<UInt8>, options: Options = Options()
  ) throws(JSONError) -> JSONValue {
    let result = bytes.withUnsafeBufferPointer { parse($0, options: options) }
    return try result.get()
  }

  /// The same for a string.
  package static func parse(
    _ text: String, options: Options = Options()
  ) throws(JSONError) -> JSONValue {
    try parse(Array(text.utf8), options: options)
  }

  private static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, options: Options
  ) -> Result<JSONValue, JSONError> {
    guard bytes.count <= options.byteLimit else {
      return .failure(.tooLarge(byteCount: bytes.count, byteLimit: options.byteLimit))
    }
    var parser = JSONParser(scanner: JSONScanner(bytes: bytes), options: options)
    return Result { () throws(JSONError) in try parser.document() }
  }
}

/// The pushdown automaton over the tokens of a text.
private struct JSONParser {
  var scanner: JSONScanner
  let options: JSONReader.Options
  var open: [Container] = []

  /// An array or object whose end has not come yet.
  struct Container {
    let isObject: Bool
    var elements: [JSONValue] = []
    var members: [JSONObject.Member] = []
    var key = ""
    /// Only kept once an object has more members than are quickly compared one by one.
    var keys: Set<String> = []
    var dropsNext = false
  }

  mutating func document() throws(JSONError) -> JSONValue {
    scanner.skipSpace()
    while true {
      if let value = try valueOrOpening(), let result = try close(with: value) {
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw scanner.syntax("the end of the text") }
        return result
      }
    }
  }

  /// Reads a scalar or an empty container; `nil` after the opening of a filled one, with the reader
  /// in front of its first value.
  private mutating func valueOrOpening() throws(JSONError) -> JSONValue? {
    switch scanner.peek {
    case UInt8(ascii: "{"):
      try push(isObject: true)
      if scanner.take(UInt8(ascii: "}")) { return pop() }
      try key()
      return nil
    case UInt8(ascii: "["):
      try push(isObject: false)
      if scanner.take(UInt8(ascii: "]")) { return pop() }
      return nil
    case UInt8(ascii: "\""): return .string(try scanner.string())
    case UInt8(ascii: "t"): return .bool(try scanner.literal("true", true))
    case UInt8(ascii: "f"): return .bool(try scanner.literal("false", false))
    case UInt8(ascii: "n"): return try scanner.literal("null", .null)
    default: return try scanner.number()
    }
  }

  /// Stores `value` in the innermost open container and closes as many containers as end here.
  ///
  /// - Returns: The whole document's value when nothing is open any more.
  private mutating func close(with value: JSONValue) throws(JSONError) -> JSONValue? {
    var value = value
    while let last = open.indices.last {
      store(value, in: last)
      scanner.skipSpace()
      if scanner.take(UInt8(ascii: ",")) {
        scanner.skipSpace()
        if open[last].isObject { try key() }
        return nil
      }
      let end = open[last].isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
      guard scanner.take(end) else {
        throw scanner.syntax(open[last].isObject ? "',' or '}'" : "',' or ']'")
      }
      value = pop()
    }
    return value
  }

  private mutating func store(_ value: JSONValue, in index: Int) {
    if !open[index].isObject {
      open[index].elements.append(value)
    } else if !open[index].dropsNext {
      open[index].members.append(JSONObject.Member(open[index].key, value))
    }
  }

  private mutating func push(isObject: Bool) throws(JSONError) {
    guard open.count < options.depthLimit else {
      throw .nestingTooDeep(scanner.position, limit: options.depthLimit)
    }
    scanner.advance()
    scanner.skipSpace()
    open.append(Container(isObject: isObject))
  }

  private mutating func pop() -> JSONValue {
    let container = open.removeLast()
    return container.isObject
      ? .object(JSONObject(container.members)) : .array(container.elements)
  }

  /// Reads `"key" :` and the space after it.
  private mutating func key() throws(JSONError) {
    let start = scanner.offset
    guard scanner.peek == UInt8(ascii: "\"") else { throw scanner.syntax("a key in quotes") }
    let key = try scanner.string()
    let last = open.count - 1
    let isRepeated = isKnown(key, in: last)
    if isRepeated && options.duplicateKeys == .refuse {
      throw .duplicateKey(scanner.position(at: start), key: key)
    }
    open[last].key = key
    open[last].dropsNext = isRepeated
    scanner.skipSpace()
    guard scanner.take(UInt8(ascii: ":")) else { throw scanner.syntax("':'") }
    scanner.skipSpace()
  }

  private mutating func isKnown(_ key: String, in index: Int) -> Bool {
    let linearLimit = 16
    let count = open[index].members.count
    if count < linearLimit { return open[index].members.contains { $0.key == key } }
    if open[index].keys.isEmpty { open[index].keys = Set(open[index].members.map(\.key)) }
    return !open[index].keys.insert(key).inserted
  }
}
