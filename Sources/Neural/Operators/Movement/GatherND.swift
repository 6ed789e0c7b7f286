/// Picks slices by index tuples: the last axis of indices addresses the axes of data after the
/// first `batchDimensions`, which both share.
///
/// Inputs: data, any type; indices, Int64 or Int32, `[..., K]`.
/// Output: `indices.shape[..<last] + data.shape[batchDimensions + K...]`.
package struct GatherND: Operator, Hashable {
  package var batchDimensions: Int

  package init(batchDimensions: Int) {
    self.batchDimensions = batchDimensions
  }

  package var name: String { "GatherND" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let data = try inputs.type(0, "data")
    let indices = try inputs.type(1, "indices")
    try indices.requireIndices("indices")
    guard let depth = indices.shape.last, batchDimensions >= 0,
      batchDimensions < min(data.shape.count, indices.shape.count)
    else {
      throw OperatorError.invalidAttribute(
        "batch_dims",
        "\(batchDimensions) for data of shape \(data.shape), indices of shape \(indices.shape)")
    }
    guard depth >= 1, depth <= data.shape.count - batchDimensions,
      data.shape.prefix(batchDimensions) == indices.shape.prefix(batchDimensions)
    else {
      throw OperatorError.invalidInput(
        "indices of shape \(indices.shape) on data of shape \(data.shape)")
    }
    let shape = Array(indices.shape.dropLast()) + data.shape.dropFirst(batchDimensions + depth)
    return [try .output(data.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (data, indices) = (try required(inputs, 0), try required(inputs, 1))
    let tuples = TupleIndexing(
      data: data.shape, indices: indices.shape, batchDimensions: batchDimensions)
    let chunk = tuples.sliceCount * data.elementType.byteCount
    var result = try Tensor(zeros: type.elementType, shape: type.shape)
    if result.count == 0 { return [result] }
    let starts = try tuples.starts(indices)
    try result.withUnsafeMutableBytes { output in
      data.withUnsafeBytes { bytes in
        for (number, start) in starts.enumerated() {
          let source = start * data.elementType.byteCount
          UnsafeMutableRawBufferPointer(rebasing: output[number * chunk..<(number + 1) * chunk])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[source..<source + chunk]))
        }
      }
    }
    return [result]
  }
}

/// What `GatherND` and `ScatterND` share: slices of data addressed by index tuples.
struct TupleIndexing {
  /// Elements of one addressed slice.
  let sliceCount: Int
  private let depth: Int
  private let batchDimensions: Int
  private let shape: [Int]
  private let batchCount: Int

  /// - Parameters:
  ///   - data, indices: Shapes that fit together; indices has at least one axis.
  init(data: [Int], indices: [Int], batchDimensions: Int) {
    shape = data
    depth = indices.last ?? 0
    self.batchDimensions = batchDimensions
    sliceCount = data.dropFirst(batchDimensions + depth).reduce(1, *)
    batchCount = data.prefix(batchDimensions).reduce(1, *)
  }

  /// Per tuple in row-major order, the number of the first element of its slice of data.
  func starts(_ indices: Tensor) throws -> [Int] {
    let values = try indices.integers()
    let strides = StridedWalk.rowMajorStrides(shape)
    let batchStride = batchDimensions == 0 ? 0 : strides[batchDimensions - 1]
    let tuples = values.count / max(depth, 1)
    let tuplesPerBatch = max(tuples / max(batchCount, 1), 1)
    return try (0..<tuples).map { tuple in
      var start = tuple / tuplesPerBatch * batchStride
      for place in 0..<depth {
        let axis = batchDimensions + place
        let index = try IndexNormalization.resolve(
          values[tuple * depth + place], size: shape[axis])
        start += index * strides[axis]
      }
      return start
    }
  }
}
