/// Replaces or joins slices of data by index tuples, the counterpart of `GatherND`.
///
/// Inputs: data, any type; indices, Int64 or Int32, `[..., K]`; updates of data's type,
/// `indices.shape[..<last] + data.shape[K...]`. Output: as data.
package struct ScatterND: Operator, Hashable {
  package var reduction: ScatterReduction

  package init(reduction: ScatterReduction) {
    self.reduction = reduction
  }

  package var name: String { "ScatterND" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...3)
    let data = try inputs.type(0, "data")
    let indices = try inputs.type(1, "indices")
    let updates = try inputs.type(2, "updates")
    try indices.requireIndices("indices")
    try updates.requireSameType(as: data, "updates")
    if reduction != .none { try data.elementType.requireArithmetic("data") }
    guard let depth = indices.shape.last, depth >= 1, depth <= data.shape.count else {
      throw OperatorError.invalidInput(
        "indices of shape \(indices.shape) on data of shape \(data.shape)")
    }
    try updates.requireShape(indices.shape.dropLast() + data.shape[depth...], "updates")
    return [try .output(data.elementType, data.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    _ = try outputTypes(of: inputs)
    let (data, indices) = (try required(inputs, 0), try required(inputs, 1))
    let tuples = TupleIndexing(data: data.shape, indices: indices.shape, batchDimensions: 0)
    return [
      try reduction.scatter(
        try required(inputs, 2), into: data, starts: try tuples.starts(indices),
        runCount: tuples.sliceCount)
    ]
  }
}
