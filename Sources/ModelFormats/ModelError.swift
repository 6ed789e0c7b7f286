/// Why a model file was refused. Each case carries the offending and, where there is one, the
/// allowed value; `inFile` adds the path.
package enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The content is something else: an empty file, a Git LFS pointer, a web page, an archive.
  case notAModel(String)
  /// The container cannot be parsed.
  case malformed(String)
  /// A number above a limit of this reader.
  case limit(String, value: Int, allowed: Int)
  /// The model or graph as a whole: versions, inputs, outputs, functions.
  case graph(String)
  /// A stored tensor, by name.
  case tensor(String, String)
  /// A tensor whose data lies, or claims to lie, in another file.
  case externalData(tensor: String, String)
  /// A node, by name and operator.
  case node(String, operator: String, String)
  indirect case inFile(String, ModelError)

  /// The cause without the path, for records that have the path in a field of its own.
  package var detail: String {
    switch self {
    case .notAModel(let detail), .malformed(let detail), .graph(let detail): detail
    case .limit(let what, let value, let allowed): "\(what) is \(value), at most \(allowed) allowed"
    case .tensor(let name, let detail): "tensor \(printable(name)) \(detail)"
    case .externalData(let name, let detail): "tensor \(printable(name)): \(detail)"
    case .node(let name, let operation, let detail):
      "node \(printable(name)) (\(printable(operation))): \(detail)"
    case .inFile(_, let error): error.detail
    }
  }

  package var description: String {
    switch self {
    case .inFile(let path, let error): "\(printable(path)): \(error.detail)"
    default: detail
    }
  }
}

/// A name from a file as one line of text: control characters escaped, at most 120 characters.
func printable(_ name: String) -> String {
  var text = ""
  var length = 0
  for scalar in name.unicodeScalars {
    guard length < 120 else { return text + "..." }
    let isControl = scalar.properties.generalCategory == .control
    let isSeparator = scalar.value == 0x2028 || scalar.value == 0x2029
    text += isControl || isSeparator ? scalar.escaped(asASCII: true) : String(scalar)
    length += 1
  }
  return text
}
