/// Replaces or joins one element of data per index, the counterpart of `GatherElements`.
///
/// Inputs: data, any type; indices, Int64 or Int32, as many axes, no longer on the other axes;
/// updates of data's type and the shape of indices. Output: as data.
package struct ScatterElements: Operator, Hashable {
  package var axis: Int
  package var reduction: ScatterReduction

  package init(axis: Int, reduction: ScatterReduction) {
    self.axis = axis
    self.reduction = reduction
  }

  package var name: String { "ScatterElements" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let data = try inputs.type(0, "data")
    let indices = try inputs.type(1, "indices")
    let updates = try inputs.type(2, "updates")
    try ElementIndexing.validate(data: data, indices: indices, axis: axis)
    try updates.requireSameType(as: data, "updates")
    try updates.requireShape(indices.shape, "updates")
    if reduction != .none { try data.elementType.requireArithmetic("data") }
    return [try .output(data.elementType, data.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    _ = try outputTypes(of: inputs)
    let data = try required(inputs, 0)
    let positions = try ElementIndexing.positions(
      data: data.shape, indices: try required(inputs, 1), axis: axis)
    return [
      try reduction.scatter(
        try required(inputs, 2), into: data, starts: positions, runCount: 1)
    ]
  }
}
