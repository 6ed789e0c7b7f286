import Neural
import StrictJSON
import TestSupport

/// One of ONNX's node test cases: an operator, its inputs and what it must give.
struct OperatorVector {
  var name: String
  var operatorName: String
  var attributes: JSONValue
  var inputs: [Tensor?]
  /// How many outputs the node has in ONNX, also those that are not compared.
  var outputCount: Int
  var outputs: [Tensor]

  enum Malformed: Error { case vector(String) }

  /// The cases of `Fixtures/operators/<group>.json`.
  static func load(_ group: String) throws -> [OperatorVector] {
    let path = TestFiles.fixture("operators/\(group).json")
    guard let cases = try JSONReader.parse(try TestFiles.bytes(path)).arrayValue else {
      throw Malformed.vector(group)
    }
    return try cases.map(OperatorVector.init)
  }

  init(_ json: JSONValue) throws {
    name = json["name"]?.stringValue ?? ""
    guard let operatorName = json["operator"]?.stringValue,
      let attributes = json["attributes"],
      let inputs = json["inputs"]?.arrayValue,
      let outputCount = json["outputCount"]?.intValue,
      let outputs = json["outputs"]?.arrayValue
    else { throw Malformed.vector(name) }
    self.operatorName = operatorName
    self.attributes = attributes
    self.inputs = try inputs.map { $0 == .null ? nil : try Tensor(vector: $0) }
    self.outputCount = outputCount
    self.outputs = try outputs.map { try Tensor(vector: $0) }
  }

  func int(_ key: String, _ absent: Int) -> Int { attributes[key]?.intValue ?? absent }
  func flag(_ key: String, _ absent: Bool = false) -> Bool { int(key, absent ? 1 : 0) != 0 }
  func float(_ key: String, _ absent: Float) -> Float {
    attributes[key]?.doubleValue.map { Float($0) } ?? absent
  }
  func text(_ key: String, _ absent: String) -> String {
    attributes[key]?.stringValue ?? absent
  }
  func ints(_ key: String) -> [Int]? {
    attributes[key]?.arrayValue?.compactMap(\.intValue)
  }
}

extension Tensor {
  /// A tensor written as type, shape and elements (`tensor` in generate_operator_vectors.py).
  init(vector json: JSONValue) throws {
    guard let type = json["type"]?.stringValue.flatMap(ElementType.init(rawValue:)),
      let shape = json["shape"]?.arrayValue?.compactMap(\.intValue),
      let data = json["data"]?.arrayValue
    else { throw OperatorVector.Malformed.vector("\(json)") }
    func filled<T>(_ elements: [T]) throws -> Tensor {
      try Tensor(type, shape: shape, as: T.self) { output in
        for i in elements.indices { output[i] = elements[i] }
      }
    }
    let integers = data.map { $0.intValue ?? 0 }
    switch type {
    case .float32: self = try filled(data.map { Float($0.number) })
    case .float64: self = try filled(data.map(\.number))
    case .float16, .bfloat16, .uint16: self = try filled(integers.map { UInt16($0) })
    case .int8: self = try filled(integers.map { Int8($0) })
    case .int16: self = try filled(integers.map { Int16($0) })
    case .int32: self = try filled(integers.map { Int32($0) })
    case .int64: self = try filled(integers.map { Int64($0) })
    case .uint8, .bool: self = try filled(integers.map { UInt8($0) })
    case .uint32: self = try filled(integers.map { UInt32($0) })
    case .uint64:
      self = try filled(
        data.map { $0.intValue.map { UInt64($0) } ?? UInt64($0.doubleValue ?? 0) })
    }
  }
}

extension JSONValue {
  /// A number, or what JSON writes as text: `nan`, `inf`, `-inf`.
  fileprivate var number: Double { doubleValue ?? stringValue.flatMap { Double($0) } ?? 0 }
}
