internal import FoundationEssentials
internal import Neural

/// Copies elements as ONNX stores them into tensors of the promoted type.
enum TensorConversion {
  /// Fills `tensor` from little-endian elements of type `stored`; the sizes must match.
  static func fill(
    _ tensor: inout Tensor, from source: UnsafeRawBufferPointer, stored: ElementType
  ) throws {
    let count = tensor.count
    precondition(source.count == count * stored.byteCount, "sizes are checked before")
    try tensor.withUnsafeMutableBytes { bytes in
      switch stored {
      case .float16:
        let target = bytes.bindMemory(to: Float.self)
        for index in 0..<count {
          target[index] = Float(
            halfBits: source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
        }
      case .bfloat16:
        let target = bytes.bindMemory(to: Float.self)
        for index in 0..<count {
          let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
          target[index] = Float(bitPattern: UInt32(bits) << 16)
        }
      case .float64:
        let target = bytes.bindMemory(to: Float.self)
        for index in 0..<count {
          target[index] = Float(
            source.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
        }
      default:
        bytes.copyMemory(from: source)
      }
    }
    try normalizeBooleans(&tensor)
  }

  /// Makes every true element 1.
  static func normalizeBooleans(_ tensor: inout Tensor) throws {
    guard tensor.elementType == .bool else { return }
    try tensor.withUnsafeMutableBytes { bytes in
      for index in bytes.indices where bytes[index] > 1 { bytes[index] = 1 }
    }
  }

  /// The field of the message that holds elements of `type` when they are not raw.
  static func typedField(of type: ElementType) -> String {
    switch type {
    case .float32: "float_data"
    case .float64: "double_data"
    case .int64: "int64_data"
    case .uint32, .uint64: "uint64_data"
    case .float16, .bfloat16, .int8, .int16, .int32, .uint8, .uint16, .bool: "int32_data"
    }
  }

  static func typedFieldCounts(_ proto: borrowing Onnx_TensorProto) -> [String: Int] {
    [
      "float_data": proto.floatData.count, "double_data": proto.doubleData.count,
      "int32_data": proto.int32Data.count, "int64_data": proto.int64Data.count,
      "uint64_data": proto.uint64Data.count, "string_data": proto.stringData.count,
    ]
  }

  /// Fills `tensor` from the typed field of `stored`, whose length must be the tensor's.
  ///
  /// - Throws: `ModelError.tensor` for elements outside the type's range.
  static func fill(
    _ tensor: inout Tensor, fromTypedFieldsOf proto: borrowing Onnx_TensorProto,
    stored: ElementType, name: String
  ) throws {
    let narrow = proto.int32Data
    switch stored {
    case .float32: try write(proto.floatData, into: &tensor)
    case .float64: try write(proto.doubleData.map(Float.init), into: &tensor)
    case .int64: try write(proto.int64Data, into: &tensor)
    case .uint64: try write(proto.uint64Data, into: &tensor)
    case .uint32: try write(exactly(proto.uint64Data, as: UInt32.self, name), into: &tensor)
    case .int32: try write(narrow, into: &tensor)
    case .int16: try write(exactly(narrow, as: Int16.self, name), into: &tensor)
    case .uint16: try write(exactly(narrow, as: UInt16.self, name), into: &tensor)
    case .int8: try write(exactly(narrow, as: Int8.self, name), into: &tensor)
    case .uint8: try write(exactly(narrow, as: UInt8.self, name), into: &tensor)
    case .bool: try write(narrow.map { $0 == 0 ? UInt8(0) : 1 }, into: &tensor)
    case .float16:
      try write(exactly(narrow, as: UInt16.self, name).map(Float.init(halfBits:)), into: &tensor)
    case .bfloat16:
      let bits = try exactly(narrow, as: UInt16.self, name)
      try write(bits.map { Float(bitPattern: UInt32($0) << 16) }, into: &tensor)
    }
  }

  private static func write<T>(_ elements: [T], into tensor: inout Tensor) throws {
    try tensor.withUnsafeMutableBytes { bytes in
      elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  private static func exactly<Wide: BinaryInteger, Narrow: FixedWidthInteger>(
    _ elements: [Wide], as type: Narrow.Type, _ name: String
  ) throws -> [Narrow] {
    try elements.map { element in
      guard let value = Narrow(exactly: element) else {
        throw ModelError.tensor(
          name, "has the element \(element), allowed are \(Narrow.min) to \(Narrow.max)")
      }
      return value
    }
  }
}
