/// Text for one line of a terminal: control and formatting characters are escaped, so that a file
/// name cannot forge lines or colours.
enum Escaping {
  /// Bytes that are not UTF-8 appear as `\xNN`.
  static func line(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return line(text) }
    var text = ""
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = (1...min(4, rest.count)).first {
        String(validating: rest.prefix($0), as: UTF8.self) != nil
      }
      if let count {
        text += line(String(decoding: rest.prefix(count), as: UTF8.self))
      } else {
        text += "\\x" + hexadecimal(UInt32(rest[rest.startIndex]))
      }
      rest = rest.dropFirst(count ?? 1)
    }
    return text
  }

  static func line(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      case "\t": escaped += "\\t"
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
          escaped +=
            scalar.value < 0x80
            ? "\\x" + hexadecimal(scalar.value) : "\\u{" + hexadecimal(scalar.value) + "}"
        default: escaped.unicodeScalars.append(scalar)
        }
      }
    }
    return escaped
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return digits.count < 2 ? "0" + digits : digits
  }
}
