/// The class names of a YOLO data set.
package enum YOLONames {
  /// `classes.txt` or `obj.names`: a name on each line.
  ///
  /// - Throws: `AnnotationError` for a name given twice or no names.
  package static func list(
    _ bytes: [UInt8], path: String
  ) throws(AnnotationError) -> [String] {
    var names = try TextLines.of(bytes, path: path).map { TextLines.trimmed($0) }
    while names.last == "" { names.removeLast() }
    return try checked(names, path: path)
  }

  /// The `names` of a `data.yaml`: `[a, b]`, lines `- a`, or lines `0: a`. Nothing else of YAML is
  /// understood there; other keys are passed over.
  ///
  /// - Throws: `AnnotationError` with the line.
  package static func yaml(
    _ bytes: [UInt8], path: String
  ) throws(AnnotationError) -> [String] {
    let lines = try TextLines.of(bytes, path: path)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("names:") }) else {
      throw AnnotationError(path: path, line: nil, "no names")
    }
    let rest = TextLines.trimmed(withoutComment(lines[start].dropFirst("names:".count)))
    if !rest.isEmpty { return try flow(rest, lines, after: start, path: path) }
    var names: [String] = []
    for (index, line) in lines.enumerated().dropFirst(start + 1) {
      let text = TextLines.trimmed(withoutComment(line[...]))
      if text.isEmpty { continue }
      if text.hasPrefix("- ") {
        names.append(unquoted(TextLines.trimmed(text.dropFirst(2))))
        continue
      }
      guard line.first == " " || line.first == "\t" else { break }
      guard let colon = text.firstIndex(of: ":"), Int(text[..<colon]) == names.count else {
        throw AnnotationError(
          path: path, line: index + 1, "expected \"\(names.count): name\" or \"- name\"")
      }
      names.append(unquoted(TextLines.trimmed(text[text.index(after: colon)...])))
    }
    return try checked(names, path: path)
  }

  /// `[a, b, …]`, which may go on over several lines.
  private static func flow(
    _ first: String, _ lines: [String], after start: Int, path: String
  ) throws(AnnotationError) -> [String] {
    var text = first
    var index = start
    while !text.hasSuffix("]"), index + 1 < lines.count {
      index += 1
      text += TextLines.trimmed(withoutComment(lines[index][...]))
    }
    guard text.hasPrefix("["), text.hasSuffix("]") else {
      throw AnnotationError(path: path, line: start + 1, "names: expected [a, b, …]")
    }
    var names: [String] = []
    var current = ""
    var quote: Character?
    for character in text.dropFirst().dropLast() {
      if let open = quote {
        current.append(character)
        if character == open { quote = nil }
      } else if character == "," {
        names.append(unquoted(TextLines.trimmed(current)))
        current = ""
      } else {
        if character == "'" || character == "\"" { quote = character }
        current.append(character)
      }
    }
    let last = TextLines.trimmed(current)
    if !last.isEmpty { names.append(unquoted(last)) }
    return try checked(names, path: path)
  }

  private static func checked(
    _ names: [String], path: String
  ) throws(AnnotationError) -> [String] {
    guard !names.isEmpty else { throw AnnotationError(path: path, line: nil, "no names") }
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw AnnotationError(path: path, line: nil, "class \"\(name)\" is given twice")
    }
    return names
  }

  /// Up to a `#` that begins a word.
  private static func withoutComment(_ line: Substring) -> Substring {
    var previous: Character = " "
    for index in line.indices {
      if line[index] == "#", previous == " " || previous == "\t" { return line[..<index] }
      previous = line[index]
    }
    return line
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, let first = text.first, first == text.last, first == "'" || first == "\""
    else { return text }
    return String(text.dropFirst().dropLast())
  }
}
