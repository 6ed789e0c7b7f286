internal import Interchange

/// Text in an HTML file.
enum HTMLText {
  /// `text` as character data or inside a quoted attribute. Control characters, which a page may not
  /// have, are escaped as on a terminal.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in Escaping.line(text).unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// A number for an attribute of SVG: two decimals.
  static func number(_ value: Double) -> String { Fixed.text(value, decimals: 2) }
}
