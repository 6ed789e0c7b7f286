/// Joins the axes before `axis` and those from it on: `[d0 * ..., d(axis) * ...]`.
package struct Flatten: Operator, Hashable {
  /// In `-rank...rank`.
  package var axis: Int

  package init(axis: Int = 1) {
    self.axis = axis
  }

  package var name: String { "Flatten" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    let rank = x.shape.count
    guard axis >= -rank, axis <= rank else {
      throw OperatorError.invalidAttribute("axis", "\(axis) is outside \(-rank)...\(rank)")
    }
    let split = axis < 0 ? axis + rank : axis
    let shape = [x.shape[..<split].reduce(1, *), x.shape[split...].reduce(1, *)]
    return [try .output(x.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    return [try required(inputs, 0).reshaped(type.shape)]
  }
}
