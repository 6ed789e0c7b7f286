internal import Neural

/// Reads one `.npy` array: magic, version, header, then the elements.
enum NPYReader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// - Parameters:
  ///   - source: Positioned at the magic; read to its end.
  ///   - name: For messages.
  /// - Returns: The array in C order and native byte order; bools as 0 and 1.
  /// - Throws: `ModelError`. Nothing is allocated for elements that `source` does not hold.
  static func read(from source: inout some ByteSource, name: String) throws -> Tensor {
    let header = try header(from: &source)
    let type = header.elementType
    // A Fortran-ordered array is its own transpose in C order.
    let storedShape = header.isFortranOrder ? header.shape.reversed() : header.shape
    let byteCount: Int
    do {
      byteCount = try Tensor.checkedCount(storedShape, elementType: type) * type.byteCount
    } catch {
      throw ModelError.tensor(name, "has the \(error)")
    }
    guard byteCount <= source.remaining else {
      throw ModelError.tensor(
        name, "needs \(byteCount) bytes, \(source.remaining) are left")
    }
    var tensor = try Tensor(zeros: type, shape: storedShape)
    try tensor.withUnsafeMutableBytes { try source.read(into: $0) }
    try source.finish()
    if header.isBigEndian { try ElementOrder.swapBytes(of: &tensor) }
    if type == .bool { try ElementOrder.normaliseBools(of: &tensor) }
    return header.isFortranOrder ? try ElementOrder.transposed(tensor) : tensor
  }

  private static func header(from source: inout some ByteSource) throws -> NPYHeader {
    let start = try source.bytes(8, of: "the start of an array")
    guard start.starts(with: magic) else {
      throw ModelError.notAModel("not a NumPy array: the magic bytes are absent")
    }
    let version = (start[6], start[7])
    guard (1...3).contains(version.0), version.1 == 0 else {
      throw ModelError.malformed(
        "array format version \(version.0).\(version.1), versions 1.0, 2.0 and 3.0 are read")
    }
    let lengthBytes = try source.bytes(version.0 == 1 ? 2 : 4, of: "the header length")
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= NPYHeader.byteLimit else {
      throw ModelError.limit(
        "length of the array header", value: length, allowed: NPYHeader.byteLimit)
    }
    return try NPYHeader(parsing: source.bytes(length, of: "the array header"))
  }
}
