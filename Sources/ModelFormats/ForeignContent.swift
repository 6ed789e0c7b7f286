/// Recognises what people put in a model's place by mistake.
enum ForeignContent {
  /// What `bytes` look like when they are no model or tensor file at all, for example
  /// `looks like a Git LFS pointer: run git lfs pull`; `nil` when nothing is recognised.
  static func description(of bytes: UnsafeRawBufferPointer) -> String? {
    if bytes.isEmpty { return "the file is empty" }
    for (signature, description) in signatures
    where bytes.starts(with: signature) { return description }
    // A web page, perhaps after white space.
    let start = bytes.prefix(256).drop { $0 <= 0x20 }
    let text = String(decoding: start.prefix(14), as: UTF8.self).lowercased()
    if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
      return "looks like a web page: the download failed"
    }
    return nil
  }

  static func description(of bytes: [UInt8]) -> String? {
    bytes.withUnsafeBytes(description(of:))
  }

  private static let signatures: [([UInt8], String)] = [
    (
      Array("version https://git-lfs.github.com/".utf8),
      "looks like a Git LFS pointer: run git lfs pull"
    ),
    ([0x1f, 0x8b], "is compressed with gzip: unpack it first"),
    ([0x42, 0x5a, 0x68], "is compressed with bzip2: unpack it first"),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "is compressed with xz: unpack it first"),
    ([0x80, 2], "looks like a Python pickle: pickled objects are not loaded"),
    ([0x80, 3], "looks like a Python pickle: pickled objects are not loaded"),
    ([0x80, 4], "looks like a Python pickle: pickled objects are not loaded"),
    ([0x80, 5], "looks like a Python pickle: pickled objects are not loaded"),
    ([0x89, 0x50, 0x4e, 0x47], "is a PNG picture"),
    ([0xff, 0xd8, 0xff], "is a JPEG picture"),
  ]
}
