/// The slices along an axis, or the elements, for which a condition holds.
///
/// Inputs: x of any type; condition, bool `[up to the axis's size]`. Output: as x, the axis as long
/// as there are true conditions; a vector without an axis.
package struct Compress: Operator, Hashable {
  /// `nil` to select from the flattened input.
  package var axis: Int?

  package init(axis: Int?) {
    self.axis = axis
  }

  package var name: String { "Compress" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let x = try inputs.type(0, "x")
    let condition = try inputs.constant(1, "condition")
    let (shape, axis) = try place(x.shape)
    let kept = try selected(condition, size: shape[axis])
    var output = shape
    output[axis] = kept.count
    return [try .output(x.elementType, output)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    _ = try outputTypes(of: inputs)
    let x = try required(inputs, 0)
    let (shape, axis) = try place(x.shape)
    let kept = try selected(try required(inputs, 1), size: shape[axis])
    return try Gather(axis: axis).evaluate([
      try x.reshaped(shape), try Tensor(vector: kept),
    ])
  }

  private func place(_ shape: [Int]) throws -> (shape: [Int], axis: Int) {
    guard let axis else { return ([shape.reduce(1, *)], 0) }
    return (shape, try Axes.resolve(axis, rank: shape.count))
  }

  private func selected(_ condition: Tensor, size: Int) throws -> [Int] {
    guard condition.elementType == .bool, condition.shape.count == 1, condition.count <= size
    else {
      throw OperatorError.invalidInput(
        "condition is \(condition.elementType) of shape \(condition.shape), needs at most "
          + "\(size) bools")
    }
    return try condition.integers().enumerated().filter { $0.element != 0 }.map(\.offset)
  }
}

extension Compress: DataDependentOperator {}
