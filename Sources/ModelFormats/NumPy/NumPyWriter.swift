package import Neural
internal import SystemZlib

/// Writes tensors as NumPy does, with the same bytes for the same tensors, always: members are
/// stored uncompressed, in the order given, dated 1980-01-01.
package enum NumPyWriter {
  /// One array in `.npy` format 1.0: little endian, C order, data aligned to 64 bytes.
  ///
  /// bfloat16, which NumPy lacks, is widened to float32 without loss.
  package static func npy(_ tensor: Tensor) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try appendNPY(tensor, to: &bytes)
    return bytes
  }

  /// An `.npz` archive.
  ///
  /// - Parameter tensors: Distinct, non-empty names without control characters.
  /// - Throws: `ModelError.tensor` for a name that cannot stand; `.limit` above 4 GiB - 1, where the
  ///   plain zip format ends, or for more than 65,535 tensors.
  package static func npz(_ tensors: [NamedTensor]) throws -> [UInt8] {
    let memberLimit = 0xffff - 1
    guard tensors.count <= memberLimit else {
      throw ModelError.limit("number of tensors", value: tensors.count, allowed: memberLimit)
    }
    var names: Set<String> = []
    var output: [UInt8] = []
    output.reserveCapacity(tensors.reduce(1024) { $0 + $1.tensor.byteCount + 512 })
    var directory: [UInt8] = []
    for named in tensors {
      let name = Array((named.name + ".npy").utf8)
      guard !named.name.isEmpty, name.count <= 0xffff,
        !name.contains(where: { $0 < 0x20 || $0 == 0x7f }), names.insert(named.name).inserted
      else { throw ModelError.tensor(named.name, "has a name that cannot stand in an archive") }
      let start = output.count
      let data = try npy(named.tensor)
      let entry = ZipFields(name: name, data: data)
      output.append(uint32: 0x0403_4b50)
      entry.append(to: &output)
      output.append(contentsOf: name)
      output.append(contentsOf: data)
      try checkSize(output.count)
      directory.append(uint32: 0x0201_4b50)
      directory.append(uint16: 20)  // made by: version 2.0, no attributes
      entry.append(to: &directory)
      directory.append(uint16: 0)  // comment
      directory.append(uint16: 0)  // disk
      directory.append(uint16: 0)  // internal attributes
      directory.append(uint32: 0)  // external attributes
      directory.append(uint32: UInt32(start))
      directory.append(contentsOf: name)
    }
    let directoryStart = output.count
    output.append(contentsOf: directory)
    try checkSize(output.count)
    output.append(uint32: 0x0605_4b50)
    output.append(uint32: 0)  // disks
    output.append(uint16: UInt16(tensors.count))
    output.append(uint16: UInt16(tensors.count))
    output.append(uint32: UInt32(directory.count))
    output.append(uint32: UInt32(directoryStart))
    output.append(uint16: 0)  // comment
    return output
  }

  private static func checkSize(_ byteCount: Int) throws {
    guard byteCount < 0xffff_ffff else {
      throw ModelError.limit("size of the archive", value: byteCount, allowed: 0xffff_fffe)
    }
  }

  private static func appendNPY(_ tensor: Tensor, to bytes: inout [UInt8]) throws {
    if tensor.elementType == .bfloat16 {
      return try appendNPY(Tensor(tensor.floats(), shape: tensor.shape), to: &bytes)
    }
    let sizes = tensor.shape.map(String.init)
    let tuple = sizes.count == 1 ? sizes[0] + "," : sizes.joined(separator: ", ")
    var header = "{'descr': '\(descriptor(tensor.elementType))', 'fortran_order': False, "
    header += "'shape': (\(tuple)), }"
    // Magic, version and length take 10 bytes; the line end comes last.
    let padding = 63 - (10 + header.utf8.count) % 64
    header += String(repeating: " ", count: padding) + "\n"
    bytes.append(contentsOf: NPYReader.magic)
    bytes.append(contentsOf: [1, 0])
    bytes.append(uint16: UInt16(header.utf8.count))
    bytes.append(contentsOf: header.utf8)
    tensor.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  private static func descriptor(_ type: ElementType) -> String {
    switch type {
    case .float16: "<f2"
    case .float32, .bfloat16: "<f4"
    case .float64: "<f8"
    case .int8: "|i1"
    case .int16: "<i2"
    case .int32: "<i4"
    case .int64: "<i8"
    case .uint8: "|u1"
    case .uint16: "<u2"
    case .uint32: "<u4"
    case .uint64: "<u8"
    case .bool: "|b1"
    }
  }
}

/// What the local header and the directory entry of a stored member have in common.
private struct ZipFields {
  let nameCount: Int
  let isUTF8: Bool
  let byteCount: Int
  let checksum: UInt32

  init(name: [UInt8], data: [UInt8]) {
    nameCount = name.count
    isUTF8 = name.contains { $0 >= 0x80 }
    byteCount = data.count
    checksum = UInt32(
      truncatingIfNeeded: data.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) })
  }

  func append(to bytes: inout [UInt8]) {
    bytes.append(uint16: 20)  // needs version 2.0
    bytes.append(uint16: isUTF8 ? 1 << 11 : 0)
    bytes.append(uint16: 0)  // stored
    bytes.append(uint16: 0)  // 00:00:00
    bytes.append(uint16: 0x21)  // 1980-01-01
    bytes.append(uint32: checksum)
    bytes.append(uint32: UInt32(truncatingIfNeeded: byteCount))
    bytes.append(uint32: UInt32(truncatingIfNeeded: byteCount))
    bytes.append(uint16: UInt16(nameCount))
    bytes.append(uint16: 0)  // extra fields
  }
}

extension [UInt8] {
  fileprivate mutating func append(uint16 value: UInt16) {
    append(UInt8(truncatingIfNeeded: value))
    append(UInt8(truncatingIfNeeded: value >> 8))
  }

  fileprivate mutating func append(uint32 value: UInt32) {
    append(uint16: UInt16(truncatingIfNeeded: value))
    append(uint16: UInt16(truncatingIfNeeded: value >> 16))
  }
}
