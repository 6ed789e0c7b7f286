/// Drops axes of size 1.
///
/// Inputs: x; axes?, a constant integer vector: without it all axes of size 1 go.
package struct Squeeze: Operator, Hashable {
  package init() {}

  package var name: String { "Squeeze" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 1...2)
    let x = try inputs.type(0, "x")
    guard let given = try inputs.optionalIntegers(1, "axes") else {
      return [try .output(x.elementType, x.shape.filter { $0 != 1 })]
    }
    let axes = Set(try Axes.resolve(given, rank: x.shape.count))
    for axis in axes.sorted() where x.shape[axis] != 1 {
      throw OperatorError.invalidInput("axis \(axis) of \(x.shape) is not of size 1")
    }
    let kept = x.shape.indices.filter { !axes.contains($0) }
    return [try .output(x.elementType, kept.map { x.shape[$0] })]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    return [try required(inputs, 0).reshaped(type.shape)]
  }
}
