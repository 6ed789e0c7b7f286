/// Reorders axes: axis `i` of the output is axis `permutation[i]` of the input.
package struct Transpose: Operator, Hashable {
  /// `nil` reverses the axes.
  package var permutation: [Int]?

  package init(permutation: [Int]?) {
    self.permutation = permutation
  }

  package var name: String { "Transpose" }

  /// The permutation for an input of `rank` axes, each in `0..<rank`.
  ///
  /// - Throws: `OperatorError.invalidAttribute` if it is none.
  package func resolvedPermutation(rank: Int) throws -> [Int] {
    guard let permutation else { return (0..<rank).reversed() }
    guard permutation.count == rank else {
      throw OperatorError.invalidAttribute("perm", "\(permutation) for \(rank) axes")
    }
    return try Axes.resolve(permutation, rank: rank, "perm")
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    let order = try resolvedPermutation(rank: x.shape.count)
    return [try .output(x.elementType, order.map { x.shape[$0] })]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    _ = try outputTypes(of: inputs)
    let x = try required(inputs, 0)
    return [try x.transposed(try resolvedPermutation(rank: x.shape.count))]
  }
}
