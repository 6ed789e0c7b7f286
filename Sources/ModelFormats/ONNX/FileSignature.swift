/// Recognises, from the first bytes, what a file is that was given as a model.
enum FileSignature {
  /// Refuses content that is plainly not a protocol buffer, with advice.
  ///
  /// - Throws: `ModelError.notAModel`.
  static func refuseForeignContent(_ bytes: [UInt8]) throws {
    if let description = ForeignContent.description(of: bytes) {
      throw ModelError.notAModel("not an ONNX model: \(description)")
    }
    for (magic, description) in signatures where bytes.starts(with: magic) {
      throw ModelError.notAModel("not an ONNX model: \(description)")
    }
    if bytes.prefix(4096).allSatisfy({ $0 == 0 }) {
      throw ModelError.notAModel("not an ONNX model: starts with nothing but zero bytes")
    }
  }

  /// Whether the first line that is neither blank nor a comment is a Darknet section.
  static func isDarknetConfiguration(_ bytes: [UInt8]) -> Bool {
    for line in bytes.prefix(4096).split(separator: UInt8(ascii: "\n")) {
      let content = line.drop { $0 == UInt8(ascii: " ") || $0 == 9 || $0 == 13 }
      guard let first = content.first else { continue }
      if first == UInt8(ascii: "#") || first == UInt8(ascii: ";") { continue }
      return starts(Array(content.prefix(16)), with: "[net")
    }
    return false
  }

  private static let signatures: [([UInt8], String)] = [
    ([0x50, 0x4b, 0x03, 0x04], "is a ZIP archive"),
    ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], "is a NumPy array"),
    ([0x89, 0x48, 0x44, 0x46], "is HDF5 data"),
    (Array("7767517".utf8), "is an ncnn parameter file"),
    (Array("{".utf8), "is JSON text"),
  ]

  private static func starts(_ bytes: [UInt8], with text: String) -> Bool {
    bytes.starts(with: Array(text.utf8))
  }
}
