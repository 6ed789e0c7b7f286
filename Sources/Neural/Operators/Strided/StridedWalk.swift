/// A row-major walk over a shape that follows several operands, each with its own step per axis.
///
/// Broadcast operands have step 0 on repeated axes, transposed ones permuted steps, reversed ones
/// negative steps. Neighbouring axes that every operand crosses evenly are merged, so that the
/// inner loop is as long as can be.
struct StridedWalk {
  /// Steps of the innermost axis, per operand.
  let innerStrides: [Int]
  /// Elements of the innermost axis.
  let innerCount: Int
  private let outerShape: [Int]
  private let outerStrides: [[Int]]
  private let isEmpty: Bool

  /// - Parameters:
  ///   - shape: The sizes walked over, none negative, with a representable product.
  ///   - strides: Per operand, elements to step on each axis of `shape`.
  init(shape: [Int], strides: [[Int]]) {
    var sizes: [Int] = []
    var steps = [[Int]](repeating: [], count: strides.count)
    for (axis, size) in shape.enumerated() where size != 1 {
      let merges =
        !sizes.isEmpty
        && strides.indices.allSatisfy { operand in
          steps[operand][sizes.count - 1] == strides[operand][axis] &* size
        }
      if merges {
        sizes[sizes.count - 1] *= size
        for operand in strides.indices {
          steps[operand][sizes.count - 1] = strides[operand][axis]
        }
      } else {
        sizes.append(size)
        for operand in strides.indices { steps[operand].append(strides[operand][axis]) }
      }
    }
    isEmpty = sizes.contains(0)
    innerCount = sizes.last ?? 1
    innerStrides = steps.map { $0.last ?? 0 }
    outerShape = Array(sizes.dropLast())
    outerStrides = steps.map { Array($0.dropLast()) }
  }

  /// Calls `body` for each innermost row with the row's first position in a dense row-major output
  /// and in each operand.
  func forEachRow(_ body: (_ output: Int, _ offsets: [Int]) throws -> Void) rethrows {
    if isEmpty { return }
    var offsets = [Int](repeating: 0, count: innerStrides.count)
    var position = [Int](repeating: 0, count: outerShape.count)
    var output = 0
    while true {
      try body(output, offsets)
      output += innerCount
      var axis = outerShape.count - 1
      while axis >= 0 {
        position[axis] += 1
        if position[axis] < outerShape[axis] {
          for operand in offsets.indices { offsets[operand] += outerStrides[operand][axis] }
          break
        }
        position[axis] = 0
        for operand in offsets.indices {
          offsets[operand] -= outerStrides[operand][axis] * (outerShape[axis] - 1)
        }
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// Elements to step per axis of a dense row-major array.
  static func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] &* max(shape[axis + 1], 1)
    }
    return strides
  }
}
