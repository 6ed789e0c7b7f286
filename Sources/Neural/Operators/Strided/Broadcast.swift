/// NumPy's rule for operands of different shapes: aligned at the last axis, sizes of 1 repeat.
enum Broadcast {
  /// The common shape of all operands.
  ///
  /// - Throws: `OperatorError.invalidInput` where sizes differ and neither is 1.
  static func shape(_ shapes: [[Int]]) throws -> [Int] {
    let rank = shapes.map(\.count).max() ?? 0
    var result = [Int](repeating: 1, count: rank)
    for shape in shapes {
      for (axis, size) in shape.enumerated() {
        let target = axis + rank - shape.count
        if result[target] == 1 {
          result[target] = size
        } else if size != 1, size != result[target] {
          throw OperatorError.invalidInput(
            "shapes \(shapes.map { "\($0)" }.joined(separator: ", ")) do not broadcast")
        }
      }
    }
    return result
  }

  /// Refuses an operand that would enlarge `target` (unidirectional broadcast).
  static func require(_ shape: [Int], fits target: [Int], _ label: String) throws {
    guard let common = try? Self.shape([shape, target]), common == target else {
      throw OperatorError.invalidInput("\(label) of shape \(shape) does not broadcast to \(target)")
    }
  }

  /// Steps of an operand of shape `shape` while `target` is walked: 0 where it repeats.
  static func strides(of shape: [Int], over target: [Int]) -> [Int] {
    let own = StridedWalk.rowMajorStrides(shape)
    var result = [Int](repeating: 0, count: target.count)
    for (axis, size) in shape.enumerated() where size != 1 {
      result[axis + target.count - shape.count] = own[axis]
    }
    return result
  }

  /// `f` of the elements of two operands over their common shape.
  ///
  /// - Parameters:
  ///   - a, b: Tensors whose elements are read as `A` and `B`.
  ///   - type: The output's type; its elements are written as `R`.
  static func map<A, B, R>(
    _ a: Tensor, _ b: Tensor, _ type: TensorType, _ f: (A, B) -> R
  ) throws -> Tensor {
    let walk = StridedWalk(
      shape: type.shape,
      strides: [
        strides(of: a.shape, over: type.shape), strides(of: b.shape, over: type.shape),
      ])
    let (stepA, stepB) = (walk.innerStrides[0], walk.innerStrides[1])
    return try Tensor(type.elementType, shape: type.shape, as: R.self) { output in
      a.withElements(A.self) { a in
        b.withElements(B.self) { b in
          walk.forEachRow { row, offsets in
            let (startA, startB) = (offsets[0], offsets[1])
            for i in 0..<walk.innerCount {
              output[row + i] = f(a[startA + i * stepA], b[startB + i * stepB])
            }
          }
        }
      }
    }
  }
}
