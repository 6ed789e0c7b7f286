/// Repeats a tensor `repeats[axis]` times along each axis.
///
/// Inputs: x; repeats, a constant integer vector with one entry per axis.
package struct Tile: Operator, Hashable {
  package init() {}

  package var name: String { "Tile" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.type(0, "x")
    let repeats = try inputs.integers(1, "repeats")
    guard repeats.count == x.shape.count, repeats.allSatisfy({ $0 >= 0 }) else {
      throw OperatorError.invalidAttribute(
        "repeats", "\(repeats.prefix(8)): needs \(x.shape.count) entries, none negative")
    }
    let shape = try zip(x.shape, repeats).map { try Checked.product($0, $1, "tiled axis") }
    return [try .output(x.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    if type.shape.contains(0) { return [try Tensor(zeros: type.elementType, shape: type.shape)] }
    let own = StridedWalk.rowMajorStrides(x.shape)
    // Each axis becomes two: the repetition, which steps by 0, and the axis itself.
    let shape = x.shape.indices.flatMap { [type.shape[$0] / x.shape[$0], x.shape[$0]] }
    let strides = own.flatMap { [0, $0] }
    return [try x.strided(shape: shape, strides: strides).reshaped(type.shape)]
  }
}
