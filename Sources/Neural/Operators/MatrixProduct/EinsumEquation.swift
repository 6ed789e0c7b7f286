/// An Einstein summation in letters, as NumPy's `einsum` reads it, for given operand shapes.
///
/// Ellipses stand for any number of broadcast axes. Without an arrow the output has the ellipsis,
/// then every letter that occurs once, in alphabetical order.
struct EinsumEquation {
  /// Sizes of all labels: the output's first, then the summed ones.
  private(set) var sizes: [Int] = []
  private(set) var outputRank = 0
  /// Per operand, elements to step for each label.
  private(set) var strides: [[Int]] = []

  var outputShape: [Int] { Array(sizes.prefix(outputRank)) }

  private enum Label: Hashable {
    case letter(Character)
    /// An ellipsis axis, counted from the last.
    case ellipsis(Int)
  }

  /// - Throws: `OperatorError.invalidAttribute` for what is no equation,
  ///   `.invalidInput` for shapes that do not fit it.
  init(_ equation: String, shapes: [[Int]]) throws {
    guard equation.utf8.count <= 1024 else {
      throw OperatorError.invalidAttribute("equation", "\(equation.utf8.count) bytes, at most 1024")
    }
    let compact = Array(equation.filter { $0 != " " })
    let (left, right) = Self.sides(compact)
    let terms = left.split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    guard terms.count == shapes.count else {
      throw OperatorError.invalidAttribute(
        "equation", "\(terms.count) operands, \(shapes.count) given")
    }
    var labelSizes: [Label: Int] = [:]
    var ellipsisRank = 0
    var operands: [[Label]] = []
    for (term, shape) in zip(terms, shapes) {
      let letters = term.filter { $0 != "." }.count
      let labels = try Self.labels(term, ellipsisRank: max(shape.count - letters, 0))
      guard labels.count == shape.count else {
        throw OperatorError.invalidInput("term \(String(term)) for an operand of shape \(shape)")
      }
      if term.contains(".") { ellipsisRank = max(ellipsisRank, shape.count - letters) }
      for (label, size) in zip(labels, shape) {
        let known = labelSizes[label] ?? 1
        guard known == size || known == 1 || size == 1 else {
          throw OperatorError.invalidInput("sizes \(known) and \(size) under one label")
        }
        labelSizes[label] = known == 1 ? size : known
      }
      operands.append(labels)
    }
    let output =
      try right.map { try Self.labels($0, ellipsisRank: ellipsisRank) }
      ?? Self.implicitOutput(operands, ellipsisRank: ellipsisRank)
    guard Set(output).count == output.count, output.allSatisfy({ labelSizes[$0] != nil }) else {
      throw OperatorError.invalidAttribute("equation", "repeated or unknown output label")
    }
    let summed = Self.ordered(operands).filter { !output.contains($0) }
    let all = output + summed
    sizes = all.map { labelSizes[$0] ?? 1 }
    outputRank = output.count
    strides = zip(operands, shapes).map { labels, shape in
      let own = StridedWalk.rowMajorStrides(shape)
      return all.map { label in
        // A label that occurs twice walks the diagonal.
        labels.indices.reduce(0) { labels[$1] == label && shape[$1] != 1 ? $0 + own[$1] : $0 }
      }
    }
  }

  private static func sides(_ equation: [Character]) -> ([Character], [Character]?) {
    for i in equation.indices.dropLast() where equation[i] == "-" && equation[i + 1] == ">" {
      return (Array(equation[..<i]), Array(equation[(i + 2)...]))
    }
    return (equation, nil)
  }

  private static func labels(_ term: [Character], ellipsisRank: Int) throws -> [Label] {
    var labels: [Label] = []
    var i = 0
    var seenEllipsis = false
    while i < term.count {
      if term[i] == "." {
        guard !seenEllipsis, i + 3 <= term.count, term[i..<i + 3].allSatisfy({ $0 == "." }) else {
          throw OperatorError.invalidAttribute("equation", "dots that are no ellipsis")
        }
        seenEllipsis = true
        labels += (0..<ellipsisRank).reversed().map { .ellipsis($0) }
        i += 3
      } else {
        guard term[i].isASCII, term[i].isLetter else {
          throw OperatorError.invalidAttribute("equation", "character \(term[i])")
        }
        labels.append(.letter(term[i]))
        i += 1
      }
    }
    return labels
  }

  private static func implicitOutput(_ operands: [[Label]], ellipsisRank: Int) -> [Label] {
    var counts: [Label: Int] = [:]
    for label in operands.joined() { counts[label, default: 0] += 1 }
    let letters = counts.compactMap { label, count -> Character? in
      guard case .letter(let letter) = label, count == 1 else { return nil }
      return letter
    }
    return (0..<ellipsisRank).reversed().map { .ellipsis($0) }
      + letters.sorted().map { .letter($0) }
  }

  /// Distinct labels in order of first occurrence.
  private static func ordered(_ operands: [[Label]]) -> [Label] {
    var seen = Set<Label>()
    return operands.joined().filter { seen.insert($0).inserted }
  }
}
