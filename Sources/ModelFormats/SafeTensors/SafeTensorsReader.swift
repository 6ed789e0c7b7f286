internal import Files
internal import Neural
internal import StrictJSON

/// Reads `.safetensors` files: an 8-byte length, a JSON header, then the elements of every tensor
/// without gap or overlap, little endian, in C order
/// (github.com/huggingface/safetensors, "Format").
package enum SafeTensorsReader {
  /// The format's own limit on the header.
  package static let headerByteLimit = 100_000_000

  /// The tensors of a file in the order of its header; metadata is checked and dropped.
  ///
  /// - Parameter fileByteLimit: Larger files are refused unread.
  /// - Throws: `FileError`, `ModelError.inFile`.
  package static func read(path: String, fileByteLimit: Int = 1 << 31) throws -> [NamedTensor] {
    let bytes = try RegularFile.read(path, byteLimit: fileByteLimit)
    do {
      return try read(bytes: bytes)
    } catch let error as ModelError {
      throw ModelError.inFile(path, error)
    } catch let error as TensorError {
      throw ModelError.inFile(path, .malformed("\(error)"))
    }
  }

  /// The tensors in `bytes`, in the order of the header.
  ///
  /// - Throws: `ModelError`, `TensorError.outOfMemory`.
  package static func read(bytes: [UInt8]) throws -> [NamedTensor] {
    let data = try dataStart(bytes)
    let entries = try entries(header: bytes[8..<data])
    try checkCoverage(entries, byteCount: bytes.count - data)
    return try entries.map { entry in
      var tensor = try Tensor(zeros: entry.elementType, shape: entry.shape)
      try tensor.withUnsafeMutableBytes { target in
        bytes.withUnsafeBytes { source in
          target.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: source[data + entry.begin..<data + entry.end]))
        }
      }
      if entry.elementType == .bool { try ElementOrder.normaliseBools(of: &tensor) }
      return NamedTensor(name: entry.name, tensor: tensor)
    }
  }

  /// Where the header ends and the data begins.
  private static func dataStart(_ bytes: [UInt8]) throws -> Int {
    // A header's length may look like another format's first bytes; its brace tells.
    let hasBrace = bytes.count > 8 && bytes[8] == UInt8(ascii: "{")
    if !hasBrace, let foreign = ForeignContent.description(of: bytes) {
      throw ModelError.notAModel(foreign)
    }
    guard bytes.count >= 8 else {
      throw ModelError.notAModel("\(bytes.count) bytes are too few for a safetensors file")
    }
    let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(headerByteLimit) else {
      throw ModelError.limit(
        "length of the safetensors header", value: Int(clamping: length), allowed: headerByteLimit)
    }
    guard Int(length) <= bytes.count - 8 else {
      throw ModelError.malformed(
        "the safetensors header has \(length) bytes, the file has \(bytes.count - 8) after it")
    }
    return 8 + Int(length)
  }

  private static func entries(header: ArraySlice<UInt8>) throws -> [SafeTensorsEntry] {
    guard header.first == UInt8(ascii: "{") else {
      throw ModelError.malformed("the safetensors header does not start with '{'")
    }
    let value: JSONValue
    do {
      value = try JSONReader.parse(header, options: .init(byteLimit: headerByteLimit))
    } catch {
      throw ModelError.malformed("the safetensors header is not strict JSON: \(error)")
    }
    var entries: [SafeTensorsEntry] = []
    for member in value.objectValue?.members ?? [] {
      if member.key == "__metadata__" {
        try checkMetadata(member.value)
      } else {
        entries.append(try SafeTensorsEntry(name: member.key, member.value))
      }
    }
    return entries
  }

  private static func checkMetadata(_ value: JSONValue) throws {
    guard let object = value.objectValue,
      object.members.allSatisfy({ $0.value.stringValue != nil })
    else {
      throw ModelError.malformed("the safetensors __metadata__ is not an object of strings")
    }
  }

  /// The byte ranges follow one another from the first byte of the data to the last.
  private static func checkCoverage(_ entries: [SafeTensorsEntry], byteCount: Int) throws {
    var covered = 0
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.begin == covered else {
        throw ModelError.tensor(
          entry.name, "begins at byte \(entry.begin) of the data, expected \(covered)")
      }
      covered = entry.end
    }
    guard covered == byteCount else {
      throw ModelError.malformed("the tensors have \(covered) bytes, the file has \(byteCount)")
    }
  }
}
