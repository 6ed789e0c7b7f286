extension Tensor {
  /// A dense tensor whose element at position `p` of `shape` is this tensor's element number
  /// `base + sum(p[axis] * strides[axis])`: slices, permutations, repetitions and the like.
  ///
  /// All positions must lie inside this tensor.
  func strided(shape: [Int], strides: [Int], base: Int = 0) throws -> Tensor {
    switch elementType.byteCount {
    case 1: try strided(UInt8.self, shape: shape, strides: strides, base: base)
    case 2: try strided(UInt16.self, shape: shape, strides: strides, base: base)
    case 4: try strided(UInt32.self, shape: shape, strides: strides, base: base)
    default: try strided(UInt64.self, shape: shape, strides: strides, base: base)
    }
  }

  private func strided<T>(
    _: T.Type, shape: [Int], strides: [Int], base: Int
  ) throws -> Tensor {
    let walk = StridedWalk(shape: shape, strides: [strides])
    let step = walk.innerStrides[0]
    return try Tensor(elementType, shape: shape, as: T.self) { output in
      withElements(T.self) { input in
        walk.forEachRow { row, offsets in
          let start = base + offsets[0]
          for i in 0..<walk.innerCount { output[row + i] = input[start + i * step] }
        }
      }
    }
  }

  /// The axes in another order: axis `i` of the result is axis `permutation[i]` of this tensor.
  func transposed(_ permutation: [Int]) throws -> Tensor {
    let strides = StridedWalk.rowMajorStrides(shape)
    return try strided(
      shape: permutation.map { shape[$0] }, strides: permutation.map { strides[$0] })
  }
}
