/// Takes every `step`-th position from `start` up to, not including, `end`, per axis.
///
/// Inputs: x; starts, ends, axes?, steps?, constant integer vectors of one length. Negative starts
/// and ends count from the end of the axis, those beyond it are cut to it, and negative steps run
/// backwards, as in NumPy.
package struct Slice: Operator, Hashable {
  package init() {}

  package var name: String { "Slice" }

  /// Start, step and count of the positions taken on one axis.
  package struct AxisSlice: Hashable, Sendable {
    package var start: Int
    package var step: Int
    package var count: Int
  }

  /// What is taken per axis of an input of shape `shape`.
  ///
  /// - Throws: `OperatorError.invalidAttribute` for step 0, repeated axes or uneven lengths.
  package static func resolve(
    shape: [Int], starts: [Int], ends: [Int], axes: [Int]?, steps: [Int]?
  ) throws -> [AxisSlice] {
    let axes = try Axes.resolve(axes ?? Array(starts.indices), rank: shape.count)
    let steps = steps ?? [Int](repeating: 1, count: starts.count)
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count
    else {
      throw OperatorError.invalidAttribute(
        "starts",
        "lengths differ: \(starts.count) starts, \(ends.count) ends, "
          + "\(axes.count) axes, \(steps.count) steps")
    }
    var slices = shape.map { AxisSlice(start: 0, step: 1, count: $0) }
    for (index, axis) in axes.enumerated() {
      slices[axis] = try resolve(
        size: shape[axis], start: starts[index], end: ends[index], step: steps[index])
    }
    return slices
  }

  private static func resolve(size: Int, start: Int, end: Int, step: Int) throws -> AxisSlice {
    guard step != 0 else { throw OperatorError.invalidAttribute("steps", "0") }
    let from = start < 0 ? start + size : start
    let to = end < 0 ? end + size : end
    if step > 0 {
      let first = min(max(from, 0), size)
      let last = min(max(to, 0), size)
      let count = first < last ? (last - first - 1) / step + 1 : 0
      return AxisSlice(start: first, step: count > 1 ? step : 1, count: count)
    }
    let first = min(max(from, -1), size - 1)
    let last = min(max(to, -1), size - 1)
    let count = first > last ? (first - last - 1) / -max(step, -Int.max) + 1 : 0
    return AxisSlice(start: max(first, 0), step: count > 1 ? step : 1, count: count)
  }

  private func slices(_ inputs: OperatorInputs) throws -> [AxisSlice] {
    try Self.resolve(
      shape: try inputs.type(0, "x").shape, starts: try inputs.integers(1, "starts"),
      ends: try inputs.integers(2, "ends"), axes: try inputs.optionalIntegers(3, "axes"),
      steps: try inputs.optionalIntegers(4, "steps"))
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 3...5)
    let x = try inputs.type(0, "x")
    return [try .output(x.elementType, try slices(inputs).map(\.count))]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let slices = try Self.resolve(
      shape: x.shape, starts: try required(inputs, 1).integers(),
      ends: try required(inputs, 2).integers(), axes: try optional(inputs, 3)?.integers(),
      steps: try optional(inputs, 4)?.integers())
    let strides = StridedWalk.rowMajorStrides(x.shape)
    let base = zip(slices, strides).reduce(0) { $0 + $1.0.start * $1.1 }
    return [
      try x.strided(
        shape: type.shape, strides: zip(slices, strides).map { $0.step * $1 },
        base: type.shape.contains(0) ? 0 : base)
    ]
  }
}
