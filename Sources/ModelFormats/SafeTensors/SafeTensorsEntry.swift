internal import Neural
internal import StrictJSON

/// What a `.safetensors` header says about one tensor.
struct SafeTensorsEntry {
  var name: String
  var elementType: ElementType
  var shape: [Int]
  /// Byte range of the elements, counted from the end of the header.
  var begin: Int
  var end: Int

  static let axisLimit = 64

  /// - Parameter value: An object with exactly `dtype`, `shape` and `data_offsets`.
  /// - Throws: `ModelError.tensor`; sizes are checked against the byte range, overflow included.
  init(name: String, _ value: JSONValue) throws {
    func error(_ detail: String) -> ModelError { .tensor(name, detail) }
    guard let object = value.objectValue else { throw error("is \(value.kind), not an object") }
    let known = ["dtype", "shape", "data_offsets"]
    for member in object.members where !known.contains(member.key) {
      throw error("has the unknown field '\(printable(member.key))'")
    }
    guard let typeName = object["dtype"]?.stringValue else {
      throw error("has no dtype that is a string")
    }
    guard let type = SafeTensorsEntry.elementTypes[typeName] else {
      throw error(
        "has the dtype '\(printable(typeName))', not one of "
          + SafeTensorsEntry.elementTypes.keys.sorted().joined(separator: ", "))
    }
    guard let sizes = object["shape"]?.arrayValue, sizes.count <= SafeTensorsEntry.axisLimit else {
      throw error("has no shape of at most \(SafeTensorsEntry.axisLimit) axes")
    }
    let shape = sizes.compactMap(\.intValue)
    guard shape.count == sizes.count, shape.allSatisfy({ $0 >= 0 }) else {
      throw error("has a shape with other than whole numbers from 0 to 2^63 - 1")
    }
    guard let offsets = object["data_offsets"]?.arrayValue, offsets.count == 2,
      let begin = offsets[0].intValue, let end = offsets[1].intValue, 0 <= begin, begin <= end
    else { throw error("has no data_offsets [begin, end] with 0 <= begin <= end") }
    let byteCount: Int
    do {
      byteCount = try Tensor.checkedCount(shape, elementType: type) * type.byteCount
    } catch let tensorError as TensorError {
      throw error("has the \(tensorError)")
    }
    guard byteCount == end - begin else {
      throw error("has a shape of \(byteCount) bytes, but \(end - begin) bytes of data")
    }
    self.name = name
    self.elementType = type
    self.shape = shape
    self.begin = begin
    self.end = end
  }

  private static let elementTypes: [String: ElementType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64,
    "I32": .int32, "I16": .int16, "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16,
    "U8": .uint8, "BOOL": .bool,
  ]
}
