/// Recognises, from the first bytes, what a file is that was given as a model.
enum FileSignature {
  /// Refuses content that is plainly not a protocol buffer, with advice.
  ///
  /// - Throws: `ModelError.notAModel`.
  static func refuseForeignContent(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { throw ModelError.notAModel("the file is empty") }
    if starts(bytes, with: "version https://git-lfs") {
      throw ModelError.notAModel("looks like a Git LFS pointer: run git lfs pull")
    }
    for (magic, what) in binaryMagics where bytes.starts(with: magic) {
      throw ModelError.notAModel("looks like \(what), not an ONNX model")
    }
    let text = leadingText(bytes).lowercased()
    for (prefix, what) in textPrefixes where text.hasPrefix(prefix) {
      throw ModelError.notAModel("looks like \(what), not an ONNX model")
    }
    if bytes.prefix(4096).allSatisfy({ $0 == 0 }) {
      throw ModelError.notAModel("starts with nothing but zero bytes, not an ONNX model")
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

  private static let binaryMagics: [([UInt8], String)] = [
    ([0x1f, 0x8b], "gzip data"),
    ([0x50, 0x4b, 0x03, 0x04], "a ZIP archive"),
    ([0x28, 0xb5, 0x2f, 0xfd], "Zstandard data"),
    ([0x89, 0x50, 0x4e, 0x47], "a PNG picture"),
    ([0xff, 0xd8, 0xff], "a JPEG picture"),
    ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], "a NumPy array"),
    ([0x89, 0x48, 0x44, 0x46], "HDF5 data"),
    ([0x80, 0x02], "a Python pickle"),
    ([0x80, 0x03], "a Python pickle"),
    ([0x80, 0x04], "a Python pickle"),
    ([0x80, 0x05], "a Python pickle"),
  ]

  private static let textPrefixes: [(String, String)] = [
    ("<!doctype", "a web page"), ("<html", "a web page"), ("<?xml", "an XML document"),
    ("{", "JSON text"), ("7767517", "an ncnn parameter file"),
  ]

  private static func starts(_ bytes: [UInt8], with text: String) -> Bool {
    bytes.starts(with: Array(text.utf8))
  }

  private static func leadingText(_ bytes: [UInt8]) -> String {
    let start = bytes.prefix(256).drop { $0 == 32 || (9...13).contains($0) }
    return String(decoding: start.prefix(16), as: UTF8.self)
  }
}
