/// The different elements, or slices along an axis.
///
/// Input: x, any numeric type. Outputs: the unique values, sorted or by first occurrence; Int64
/// vectors of the first place of each, of the unique value at each place, and of the counts.
package struct Unique: Operator, Hashable {
  /// `nil` to take single elements of the flattened input.
  package var axis: Int?
  package var isSorted: Bool

  package init(axis: Int?, isSorted: Bool) {
    self.axis = axis
    self.isSorted = isSorted
  }

  package var name: String { "Unique" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let checked = try OperatorInputs(inputs, count: 1...1)
    let outputs = try find(try checked.constant(0, "x"))
    return try outputs.map { try .output($0.elementType, $0.shape) }
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    try find(try required(inputs, 0))
  }

  private func find(_ x: Tensor) throws -> [Tensor] {
    let shape = axis == nil ? [x.count] : x.shape
    let axis = try self.axis.map { try Axes.resolve($0, rank: shape.count) } ?? 0
    let table = try x.reshaped(shape)
    return try find(try x.elementType.arithmetic(), table, axis: axis)
  }

  private func find<T: ArithmeticElement>(_: T.Type, _ x: Tensor, axis: Int) throws -> [Tensor] {
    let others = x.shape.indices.filter { $0 != axis }
    let rows = try x.transposed([axis] + others).elements(T.self)
    let count = x.shape[axis]
    let width = count == 0 ? 0 : rows.count / count
    func isBefore(_ a: Int, _ b: Int) -> Bool {
      for place in 0..<width {
        let (p, q) = (rows[a * width + place], rows[b * width + place])
        if p < q || (q.isNotANumber && !p.isNotANumber) { return true }
        if q < p || (p.isNotANumber && !q.isNotANumber) { return false }
      }
      return false
    }
    let order = (0..<count).sorted { a, b in
      if isBefore(a, b) { return true }
      return isBefore(b, a) ? false : a < b
    }
    // First place and members of each group of equal slices.
    var groups: [[Int]] = []
    for index in order {
      if let last = groups.last?.first, !isBefore(last, index) {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
    }
    if !isSorted { groups.sort { $0[0] < $1[0] } }
    var inverse = [Int](repeating: 0, count: count)
    for (number, group) in groups.enumerated() { for index in group { inverse[index] = number } }
    let firsts = groups.map { $0[0] }
    let values = try Gather(axis: axis).evaluate([x, try Tensor(vector: firsts)])
    return try values + [firsts, inverse, groups.map(\.count)].map { try Tensor(vector: $0) }
  }
}

extension Unique: DataDependentOperator {}
