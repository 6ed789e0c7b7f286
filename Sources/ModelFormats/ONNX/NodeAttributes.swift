internal import FoundationEssentials
internal import Neural

/// The attributes of one node. Each is taken by name with the type it must have; those that nobody
/// took are unknown, and an error.
struct NodeAttributes {
  private var remaining: [String: Onnx_AttributeProto] = [:]

  /// - Throws: `AttributeError` for names that are empty or occur twice.
  init(_ attributes: [Onnx_AttributeProto]) throws {
    for attribute in attributes {
      guard !attribute.name.isEmpty else { throw AttributeError("an attribute has no name") }
      guard remaining.updateValue(attribute, forKey: attribute.name) == nil else {
        throw AttributeError("attribute \(printable(attribute.name)) is given twice")
      }
    }
  }

  /// Names of attributes not yet taken, sorted.
  var unread: [String] { remaining.keys.sorted() }

  func has(_ name: String) -> Bool { remaining[name] != nil }

  mutating func take(
    _ name: String, _ type: Onnx_AttributeProto.AttributeType,
    isPresent: (Onnx_AttributeProto) -> Bool
  ) throws -> Onnx_AttributeProto? {
    guard let attribute = remaining.removeValue(forKey: name) else { return nil }
    // The oldest files do not state the type.
    let fits = attribute.hasType ? attribute.type == type : isPresent(attribute)
    guard fits else {
      throw AttributeError("attribute \(name) is of type \(attribute.type), expected \(type)")
    }
    return attribute
  }

  mutating func integer(_ name: String) throws -> Int? {
    try take(name, .int) { $0.hasI }.map { Int($0.i) }
  }

  mutating func integers(_ name: String) throws -> [Int]? {
    try take(name, .ints) { $0.floats.isEmpty && $0.strings.isEmpty }.map { $0.ints.map(Int.init) }
  }

  mutating func float(_ name: String) throws -> Float? {
    guard let value = try take(name, .float, isPresent: { $0.hasF })?.f else { return nil }
    guard !value.isNaN else { throw AttributeError("attribute \(name) is NaN") }
    return value
  }

  mutating func floats(_ name: String) throws -> [Float]? {
    try take(name, .floats) { $0.ints.isEmpty && $0.strings.isEmpty }?.floats
  }

  mutating func string(_ name: String) throws -> String? {
    guard let bytes = try take(name, .string, isPresent: { $0.hasS })?.s else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw AttributeError("attribute \(name) is not UTF-8")
    }
    return text
  }

  mutating func tensor(_ name: String) throws -> Onnx_TensorProto? {
    try take(name, .tensor) { $0.hasT }?.t
  }

  mutating func graph(_ name: String) throws -> Onnx_GraphProto? {
    try take(name, .graph) { $0.hasG }?.g
  }

  /// Takes attributes whose value means nothing for inference, whatever they are.
  mutating func ignore(_ names: String...) {
    for name in names { remaining[name] = nil }
  }
}

/// What is wrong with a node; the importer adds the node's name.
struct AttributeError: Error {
  var detail: String

  init(_ detail: String) { self.detail = detail }
}

/// A legal use of a known operator that this toolkit does not have.
struct UnsupportedUse: Error {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}
