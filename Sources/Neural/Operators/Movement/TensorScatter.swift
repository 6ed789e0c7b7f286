/// Writes an update into a cache along one axis, at a place per batch.
///
/// Inputs: cache of any type, batch on axis 0; update, the cache's type and shape but for a shorter
/// axis; indices?, Int64 `[batch]`, where writing starts (0 without it). Output: the cache's type
/// and shape.
package struct TensorScatter: Operator, Hashable {
  package var axis: Int
  /// Whether places beyond the end go round to the start.
  package var isCircular: Bool

  package init(axis: Int, isCircular: Bool) {
    self.axis = axis
    self.isCircular = isCircular
  }

  package var name: String { "TensorScatter" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...3)
    let cache = try inputs.type(0, "past_cache")
    let update = try inputs.type(1, "update")
    try update.requireSameType(as: cache, "update")
    let axis = try Axes.resolve(axis, rank: cache.shape.count)
    var fitting = update.shape
    if axis < fitting.count { fitting[axis] = cache.shape[axis] }
    guard axis > 0, fitting == cache.shape, update.shape[axis] <= cache.shape[axis] else {
      throw OperatorError.invalidInput(
        "update of shape \(update.shape) for a cache of shape \(cache.shape), axis \(axis)")
    }
    if let indices = inputs.optionalType(2) {
      guard indices.shape == [cache.shape[0]], indices.elementType.isInteger else {
        throw OperatorError.invalidInput(
          "write_indices of shape \(indices.shape), needs [\(cache.shape[0])] integers")
      }
    }
    return [try .output(cache.elementType, cache.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    var output = try required(inputs, 0)
    let update = try required(inputs, 1)
    let axis = try Axes.resolve(axis, rank: type.shape.count)
    let (length, room) = (update.shape[axis], type.shape[axis])
    let starts =
      try optional(inputs, 2)?.integers() ?? [Int](repeating: 0, count: type.shape[0])
    for start in starts where start < 0 || start > (isCircular ? .max - length : room - length) {
      throw OperatorError.invalidInput(
        "write index \(start) for \(length) of \(room) places")
    }
    let innerBytes = type.shape[(axis + 1)...].reduce(type.elementType.byteCount, *)
    let perBatch = type.shape[1..<axis].reduce(1, *)
    try output.withUnsafeMutableBytes { output in
      update.withUnsafeBytes { update in
        for prefix in 0..<type.shape[0] * perBatch {
          for step in 0..<length {
            var place = starts[prefix / perBatch] + step
            if isCircular { place %= room }
            let from = (prefix * length + step) * innerBytes
            let to = (prefix * room + place) * innerBytes
            for byte in 0..<innerBytes { output[to + byte] = update[from + byte] }
          }
        }
      }
    }
    return [output]
  }
}
