/// Axis numbers as ONNX gives them: negative ones count from the end.
enum Axes {
  /// An axis in `0..<rank`.
  static func resolve(_ axis: Int, rank: Int, _ label: String = "axis") throws -> Int {
    guard axis >= -rank, axis < rank else {
      throw OperatorError.invalidAttribute(
        label, "\(axis) is outside \(-rank)...\(rank - 1) for \(rank) axes")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes in `0..<rank`, each at most once, in the given order.
  static func resolve(_ axes: [Int], rank: Int, _ label: String = "axes") throws -> [Int] {
    guard axes.count <= rank else {
      throw OperatorError.invalidAttribute(label, "\(axes.count) entries for \(rank) axes")
    }
    var seen = Set<Int>()
    return try axes.map { axis in
      let resolved = try resolve(axis, rank: rank, label)
      guard seen.insert(resolved).inserted else {
        throw OperatorError.invalidAttribute(label, "axis \(axis) occurs twice")
      }
      return resolved
    }
  }
}

/// Arithmetic on numbers that a file may have chosen.
enum Checked {
  /// `a * b`, or the error that names `label`.
  static func product(_ a: Int, _ b: Int, _ label: String) throws -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    guard !overflow else { throw OperatorError.invalidInput("\(label): \(a) x \(b) overflows") }
    return product
  }

  /// `a + b`, or the error that names `label`.
  static func sum(_ a: Int, _ b: Int, _ label: String) throws -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    guard !overflow else { throw OperatorError.invalidInput("\(label): \(a) + \(b) overflows") }
    return sum
  }

  /// The product of non-negative sizes, held at `Int.max`: for costs, which only inform.
  static func saturatingProduct(_ sizes: [Int]) -> Int {
    if sizes.contains(0) { return 0 }
    return sizes.reduce(1) { product, size in
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      return overflow ? Int.max : next
    }
  }
}
