internal import Neural

/// The numbers by which ONNX files name element types.
enum ONNXElementType {
  /// The name in messages and descriptions; `type 99` for numbers outside the format.
  static func name(_ code: Int) -> String {
    names.indices.contains(code) ? names[code] : "type \(code)"
  }

  /// The runtime's type of the same name, or `nil` where it has none (strings, complex, 8-bit
  /// floats, packed integers).
  static func elementType(_ code: Int) -> ElementType? {
    switch code {
    case 1: .float32
    case 2: .uint8
    case 3: .int8
    case 4: .uint16
    case 5: .int16
    case 6: .int32
    case 7: .int64
    case 9: .bool
    case 10: .float16
    case 11: .float64
    case 12: .uint32
    case 13: .uint64
    case 16: .bfloat16
    default: nil
    }
  }

  /// The type of an upper-case name, as the first operator set spells `Cast`'s target.
  static func code(named name: String) -> Int? {
    let lower = name.lowercased()
    return names.firstIndex { $0 == (lower == "float" ? "float32" : lower) }
  }

  private static let names = [
    "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool",
    "float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16",
    "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4",
    "float4e2m1", "float8e8m0", "uint2", "int2",
  ]
}

extension ElementType {
  /// The type this toolkit computes in: every floating-point type becomes Float32.
  var promoted: ElementType {
    switch self {
    case .float16, .bfloat16, .float64: .float32
    default: self
    }
  }

  var isFloatingPoint: Bool { promoted == .float32 }
}
