/// A reader of the Python literals that exporters write into model metadata: strings, whole
/// numbers, and flat lists, tuples and dictionaries of them.
///
/// The text comes from a file: nothing nests, so depth cannot grow, and everything else is refused.
enum PythonLiteral {
  enum Scalar: Hashable {
    case string(String)
    case integer(Int)
  }

  /// The strings of `['a', 'b']`, or of `{0: 'a', 1: 'b'}` in the order of the keys, which must
  /// run from 0 without a gap.
  static func names(_ text: String) throws(DetectorError) -> [String] {
    var scanner = Scanner(text)
    do {
      if scanner.accept("{") {
        var names: [Int: String] = [:]
        while !scanner.accept("}") {
          guard case .integer(let key) = try scanner.scalar(), scanner.accept(":"),
            case .string(let name) = try scanner.scalar(),
            names.updateValue(name, forKey: key) == nil
          else { throw Malformed() }
          if !scanner.accept(",") && !scanner.isNext("}") { throw Malformed() }
        }
        guard scanner.isAtEnd, names.keys.allSatisfy({ $0 >= 0 && $0 < names.count }) else {
          throw Malformed()
        }
        return (0..<names.count).compactMap { names[$0] }
      }
      return try scanner.list().map { item in
        guard case .string(let name) = item else { throw Malformed() }
        return name
      }
    } catch {
      throw .invalidMetadata(key: "names", "not a Python list or dictionary of names")
    }
  }

  /// The numbers of `[640, 480]`, or a lone number.
  static func integers(_ text: String, key: String) throws(DetectorError) -> [Int] {
    var scanner = Scanner(text)
    do {
      let items: [Scalar]
      if scanner.isNext("[") || scanner.isNext("(") {
        items = try scanner.list()
      } else {
        items = [try scanner.scalar()]
        guard scanner.isAtEnd else { throw Malformed() }
      }
      return try items.map { item in
        guard case .integer(let number) = item else { throw Malformed() }
        return number
      }
    } catch {
      throw .invalidMetadata(key: key, "not a Python list of whole numbers")
    }
  }

  private struct Malformed: Error {}

  private struct Scanner {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    private var current: Unicode.Scalar? {
      position < scalars.count ? scalars[position] : nil
    }

    private mutating func skipSpace() {
      while let scalar = current, scalar.properties.isWhitespace { position += 1 }
    }

    var isAtEnd: Bool {
      mutating get {
        skipSpace()
        return position == scalars.count
      }
    }

    mutating func isNext(_ scalar: Unicode.Scalar) -> Bool {
      skipSpace()
      return current == scalar
    }

    mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
      guard isNext(scalar) else { return false }
      position += 1
      return true
    }

    /// A whole list or tuple and the end of the text.
    mutating func list() throws -> [Scalar] {
      let closing: Unicode.Scalar
      if accept("[") {
        closing = "]"
      } else if accept("(") {
        closing = ")"
      } else {
        throw Malformed()
      }
      var items: [Scalar] = []
      while !accept(closing) {
        items.append(try scalar())
        if !accept(",") && !isNext(closing) { throw Malformed() }
      }
      guard isAtEnd else { throw Malformed() }
      return items
    }

    mutating func scalar() throws -> Scalar {
      skipSpace()
      guard let first = current else { throw Malformed() }
      if first == "'" || first == "\"" { return .string(try string(quote: first)) }
      var digits = ""
      while let scalar = current, "+-0123456789".unicodeScalars.contains(scalar) {
        digits.unicodeScalars.append(scalar)
        position += 1
      }
      guard let number = Int(digits) else { throw Malformed() }
      return .integer(number)
    }

    private mutating func string(quote: Unicode.Scalar) throws -> String {
      position += 1
      var text = String.UnicodeScalarView()
      while let scalar = current {
        position += 1
        if scalar == quote { return String(text) }
        guard scalar == "\\" else {
          text.append(scalar)
          continue
        }
        text.append(try escaped())
      }
      throw Malformed()
    }

    private mutating func escaped() throws -> Unicode.Scalar {
      guard let scalar = current else { throw Malformed() }
      position += 1
      switch scalar {
      case "\\", "'", "\"": return scalar
      case "n": return "\n"
      case "t": return "\t"
      case "r": return "\r"
      case "x": return try hexadecimal(2)
      case "u": return try hexadecimal(4)
      case "U": return try hexadecimal(8)
      default: throw Malformed()
      }
    }

    private mutating func hexadecimal(_ count: Int) throws -> Unicode.Scalar {
      guard scalars.count - position >= count else { throw Malformed() }
      let digits = String(
        String.UnicodeScalarView(scalars[position..<(position + count)]))
      position += count
      guard digits.first != "+", digits.first != "-", let value = UInt32(digits, radix: 16),
        let scalar = Unicode.Scalar(value)
      else { throw Malformed() }
      return scalar
    }
  }
}
