/// Base64 with padding (RFC 4648, section 4).
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func string(of bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group: UInt32 = 0
      for index in 0..<3 {
        group = group << 8 | (index < count ? UInt32(bytes[start + index]) : 0)
      }
      for index in 0..<4 {
        let sextet = Int(group >> UInt32(18 - 6 * index) & 0x3f)
        text.append(index <= count ? alphabet[sextet] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes that a text stands for; `nil` when it is not padded Base64.
  static func bytes(of text: String) -> [UInt8]? {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    let characters = Array(text.utf8)
    guard characters.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: characters.count, by: 4) {
      let group = characters[start..<start + 4]
      let isLast = start + 4 == characters.count
      let count = isLast ? group.prefix { $0 != UInt8(ascii: "=") }.count : 4
      guard count >= 2, group.dropFirst(count).allSatisfy({ $0 == UInt8(ascii: "=") }) else {
        return nil
      }
      var bits: UInt32 = 0
      for character in group.prefix(count) {
        guard values[Int(character)] < 64 else { return nil }
        bits = bits << 6 | UInt32(values[Int(character)])
      }
      bits <<= UInt32(6 * (4 - count))
      for index in 0..<count - 1 {
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * index)))
      }
    }
    return bytes
  }
}
