/// Picks one element per index: the output's element at `p` is data's element at `p` with the
/// position on `axis` replaced by `indices[p]`.
///
/// Inputs: data, any type; indices, Int64 or Int32, as many axes, no longer on the other axes.
/// Output: data's type, the shape of indices.
package struct GatherElements: Operator, Hashable {
  package var axis: Int

  package init(axis: Int) {
    self.axis = axis
  }

  package var name: String { "GatherElements" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let data = try inputs.type(0, "data")
    let indices = try inputs.type(1, "indices")
    try ElementIndexing.validate(data: data, indices: indices, axis: axis)
    return [try .output(data.elementType, indices.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let data = try required(inputs, 0)
    let positions = try ElementIndexing.positions(
      data: data.shape, indices: try required(inputs, 1), axis: axis)
    let width = type.elementType.byteCount
    var result = try Tensor(zeros: type.elementType, shape: type.shape)
    try result.withUnsafeMutableBytes { output in
      data.withUnsafeBytes { bytes in
        for (target, source) in positions.enumerated() {
          for byte in 0..<width { output[target * width + byte] = bytes[source * width + byte] }
        }
      }
    }
    return [result]
  }
}

/// What `GatherElements` and `ScatterElements` share: one position of data per index.
enum ElementIndexing {
  static func validate(data: TensorType, indices: TensorType, axis: Int) throws {
    try indices.requireIndices("indices")
    let axis = try Axes.resolve(axis, rank: data.shape.count)
    let fits =
      indices.shape.count == data.shape.count
      && data.shape.indices.allSatisfy { $0 == axis || indices.shape[$0] <= data.shape[$0] }
    guard fits else {
      throw OperatorError.invalidInput(
        "indices of shape \(indices.shape) on data of shape \(data.shape) at axis \(axis)")
    }
  }

  /// Per index in row-major order, the number of the element of data that it means.
  static func positions(data shape: [Int], indices: Tensor, axis: Int) throws -> [Int] {
    let axis = try Axes.resolve(axis, rank: shape.count)
    var positions = try IndexNormalization.resolve(indices, size: shape[axis])
    let strides = StridedWalk.rowMajorStrides(shape)
    var others = strides
    others[axis] = 0
    let walk = StridedWalk(shape: indices.shape, strides: [others])
    walk.forEachRow { row, offsets in
      for i in 0..<walk.innerCount {
        positions[row + i] =
          positions[row + i] * strides[axis] + offsets[0]
          + i * walk.innerStrides[0]
      }
    }
    return positions
  }
}
