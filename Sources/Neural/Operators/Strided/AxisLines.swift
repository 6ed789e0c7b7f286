/// A dense row-major array seen as lines along one of its axes.
struct AxisLines: RandomAccessCollection {
  /// Elements before, along and after the axis.
  let outerCount: Int
  let length: Int
  let innerCount: Int

  /// - Parameter axis: In `0..<shape.count`.
  init(_ shape: [Int], axis: Int) {
    outerCount = shape[..<axis].reduce(1, *)
    length = shape[axis]
    innerCount = shape[(axis + 1)...].reduce(1, *)
  }

  var startIndex: Int { 0 }
  var endIndex: Int { outerCount * innerCount }

  /// The positions of line `index`, lines counted in row-major order of the other axes.
  subscript(index: Int) -> StrideTo<Int> {
    let start = index / innerCount * length * innerCount + index % innerCount
    return stride(from: start, to: start + length * innerCount, by: innerCount)
  }
}
