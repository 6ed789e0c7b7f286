/// Elements of an array in another order or only some of them: what slicing, transposing and most
/// reshaping give without moving anything.
struct PlanarView {
  var base: PlanarBase
  var byteOffset: Int
  var elementType: ElementType
  var shape: [Int]
  /// Elements of the array from one position to the next, per axis.
  var strides: [Int]

  init(_ value: PlanarValue) {
    base = value.base
    byteOffset = value.byteOffset
    elementType = value.type.elementType
    shape = value.type.shape
    strides = StridedWalk.rowMajorStrides(shape)
  }

  /// The array from the view's first element on; its type says nothing about the view.
  var start: PlanarValue {
    PlanarValue(base: base, byteOffset: byteOffset, type: TensorType(elementType, shape))
  }

  /// The view as an array, when its elements lie in row-major order without gaps.
  var contiguous: PlanarValue? {
    let expected = StridedWalk.rowMajorStrides(shape)
    let fits = shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == expected[$0] }
    return fits ? start : nil
  }

  func permuted(_ order: [Int]) -> PlanarView {
    var view = self
    view.shape = order.map { shape[$0] }
    view.strides = order.map { strides[$0] }
    return view
  }

  /// Part of the positions of each axis.
  func sliced(starts: [Int], steps: [Int], shape: [Int]) -> PlanarView {
    var view = self
    let offset = zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    view.byteOffset += offset * elementType.byteCount
    view.strides = zip(strides, steps).map { $0 * $1 }
    view.shape = shape
    return view
  }

  /// The same elements in row-major order of another shape; `nil` when no strides express that.
  func reshaped(_ target: [Int]) -> PlanarView? {
    let axes = shape.indices.filter { shape[$0] != 1 }
    var result = [Int](repeating: 0, count: target.count)
    var from = 0
    var to = 0
    while from < axes.count {
      while to < target.count, target[to] == 1 { to += 1 }
      guard to < target.count else { return nil }
      // The fewest axes on either side with the same number of elements.
      var (fromEnd, toEnd) = (from + 1, to + 1)
      var (old, new) = (shape[axes[from]], target[to])
      while old != new {
        if old < new {
          guard fromEnd < axes.count else { return nil }
          old *= shape[axes[fromEnd]]
          fromEnd += 1
        } else {
          guard toEnd < target.count else { return nil }
          new *= target[toEnd]
          toEnd += 1
        }
      }
      for index in from..<fromEnd - 1 {
        let (outer, inner) = (axes[index], axes[index + 1])
        guard strides[outer] == strides[inner] * shape[inner] else { return nil }
      }
      var stride = strides[axes[fromEnd - 1]]
      for axis in (to..<toEnd).reversed() {
        result[axis] = stride
        stride *= target[axis]
      }
      (from, to) = (fromEnd, toEnd)
    }
    var view = self
    view.shape = target
    view.strides = result
    return view
  }

  /// Where each position of the leading axes, all but the last `inner`, starts.
  func offsets(inner: Int) -> [Int] {
    var offsets = [0]
    for axis in shape.indices.dropLast(inner) {
      offsets = offsets.flatMap { base in (0..<shape[axis]).map { base + $0 * strides[axis] } }
    }
    return offsets
  }
}
