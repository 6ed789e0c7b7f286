extension Tensor {
  /// A tensor of the given Float32 elements, row-major.
  package init(_ elements: [Float], shape: [Int]) throws {
    try self.init(copying: elements, as: .float32, shape: shape)
  }

  /// A tensor of the given Int64 elements, row-major.
  package init(_ elements: [Int], shape: [Int]) throws {
    try self.init(copying: elements.map(Int64.init), as: .int64, shape: shape)
  }

  /// A one-dimensional Int64 tensor: how ONNX passes shapes, axes and pads.
  package init(vector elements: [Int]) throws {
    try self.init(elements, shape: [elements.count])
  }

  private init<T>(copying elements: [T], as type: ElementType, shape: [Int]) throws {
    try self.init(zeros: type, shape: shape)
    guard elements.count == count else {
      throw TensorError.invalidShape(shape, "needs \(count) elements, \(elements.count) given")
    }
    try withUnsafeMutableBytes { bytes in
      elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  /// The elements as Float32, converted from any numeric type.
  package func floats() -> [Float] {
    switch elementType {
    case .float32: elements(Float.self)
    case .float64: elements(Double.self).map(Float.init)
    case .float16: elements(UInt16.self).map(Float.init(halfBits:))
    case .bfloat16: elements(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .int8: elements(Int8.self).map(Float.init)
    case .int16: elements(Int16.self).map(Float.init)
    case .int32: elements(Int32.self).map(Float.init)
    case .int64: elements(Int64.self).map(Float.init)
    case .uint8, .bool: elements(UInt8.self).map(Float.init)
    case .uint16: elements(UInt16.self).map(Float.init)
    case .uint32: elements(UInt32.self).map(Float.init)
    case .uint64: elements(UInt64.self).map(Float.init)
    }
  }

  /// The elements as `Int`, for integer and bool tensors (shapes, axes, indices).
  ///
  /// - Throws: `TensorError.wrongElementType` for floating-point tensors.
  package func integers() throws -> [Int] {
    switch elementType {
    case .int8: return elements(Int8.self).map(Int.init)
    case .int16: return elements(Int16.self).map(Int.init)
    case .int32: return elements(Int32.self).map(Int.init)
    case .int64: return elements(Int64.self).map(Int.init)
    case .uint8, .bool: return elements(UInt8.self).map(Int.init)
    case .uint16: return elements(UInt16.self).map(Int.init)
    case .uint32: return elements(UInt32.self).map(Int.init)
    case .uint64: return elements(UInt64.self).map { Int(clamping: $0) }
    case .float32, .float64, .float16, .bfloat16:
      throw TensorError.wrongElementType(elementType, expected: "an integer type")
    }
  }

  /// The raw elements read as `T`, whose size must be the element type's.
  package func elements<T>(_: T.Type) -> [T] {
    precondition(MemoryLayout<T>.size == elementType.byteCount, "element size mismatch")
    return withUnsafeBytes { Array($0.bindMemory(to: T.self)) }
  }
}

extension Float {
  /// The value of an IEEE 754 half (binary16) given by its bits. Portable: `Float16` is missing on
  /// some platforms.
  package init(halfBits bits: UInt16) {
    let sign = UInt32(bits >> 15) << 31
    let exponent = UInt32(bits >> 10) & 0x1f
    let fraction = UInt32(bits) & 0x3ff
    switch exponent {
    case 0:
      self = Float(
        sign: sign == 0 ? .plus : .minus, exponent: 0, significand: Float(fraction) / 16_777_216)
    case 31: self = Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

extension Tensor {
  /// A tensor whose zeroed elements `fill` writes as `T`, whose size must be the element type's.
  package init<T>(
    _ elementType: ElementType, shape: [Int], as _: T.Type,
    fill: (UnsafeMutableBufferPointer<T>) throws -> Void
  ) throws {
    precondition(MemoryLayout<T>.size == elementType.byteCount, "element size mismatch")
    try self.init(zeros: elementType, shape: shape)
    try withUnsafeMutableBytes { try fill($0.bindMemory(to: T.self)) }
  }

  /// The elements in place, read as `T`, whose size must be the element type's.
  package func withElements<T, R>(
    _: T.Type, _ body: (UnsafeBufferPointer<T>) throws -> R
  ) rethrows -> R {
    precondition(MemoryLayout<T>.size == elementType.byteCount, "element size mismatch")
    return try withUnsafeBytes { try body($0.bindMemory(to: T.self)) }
  }
}
