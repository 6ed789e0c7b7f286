/// The matrix product over the last two axes, earlier ones broadcast, as NumPy's `matmul`: a
/// vector on the left is a row, on the right a column, and that axis is dropped again.
///
/// Inputs: a, b, any one numeric type. Output: that type. Floating-point sums run in Float64.
package struct MatMul: Operator, Hashable {
  package init() {}

  package var name: String { "MatMul" }

  /// The sizes of one product: batch shape, rows, summed size, columns.
  package struct Layout: Hashable, Sendable {
    /// Common batch shape, `[]` for plain matrices.
    package var batch: [Int]
    /// Operands' shapes with vectors made matrices: `[..., rows, depth]`, `[..., depth, columns]`.
    package var a: [Int]
    package var b: [Int]
    package var rows: Int { a[a.count - 2] }
    package var depth: Int { a[a.count - 1] }
    package var columns: Int { b[b.count - 1] }
    /// The output's shape, axes of vectors dropped.
    package var output: [Int]
  }

  /// How two shapes multiply.
  ///
  /// - Throws: `OperatorError.invalidInput` for scalars and sizes that do not fit.
  package static func layout(_ a: [Int], _ b: [Int]) throws -> Layout {
    guard !a.isEmpty, !b.isEmpty else {
      throw OperatorError.invalidInput("a scalar has no matrix product")
    }
    let left = a.count == 1 ? [1, a[0]] : a
    let right = b.count == 1 ? [b[0], 1] : b
    guard left[left.count - 1] == right[right.count - 2] else {
      throw OperatorError.invalidInput("shapes \(a) and \(b) do not multiply")
    }
    let batch = try Broadcast.shape([Array(left.dropLast(2)), Array(right.dropLast(2))])
    var output = batch
    if a.count > 1 { output.append(left[left.count - 2]) }
    if b.count > 1 { output.append(right[right.count - 1]) }
    return Layout(batch: batch, a: left, b: right, output: output)
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let a = try inputs.type(0, "a")
    let b = try inputs.type(1, "b")
    try b.requireSameType(as: a, "b")
    try a.elementType.requireArithmetic("a")
    return [try .output(a.elementType, try Self.layout(a.shape, b.shape).output)]
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard let depth = inputs.first??.shape.last, let output = outputs.first else { return 0 }
    return Checked.saturatingProduct(output.shape + [depth])
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (a, b) = (try required(inputs, 0), try required(inputs, 1))
    let layout = try Self.layout(a.shape, b.shape)
    if type.elementType == .float32 {
      return [
        try multiply(
          a, b, layout, type, 0.0,
          add: { (sum: Double, x: Float, y: Float) in sum + Double(x) * Double(y) },
          rounded: { Float($0) })
      ]
    }
    return [try integers(try type.elementType.arithmetic(), a, b, layout, type)]
  }

  private func integers<T: ArithmeticElement>(
    _: T.Type, _ a: Tensor, _ b: Tensor, _ layout: Layout, _ type: TensorType
  ) throws -> Tensor {
    try multiply(
      a, b, layout, type, T.zero,
      add: { (sum: T, x: T, y: T) in sum.adding(x.multiplied(by: y)) }, rounded: { $0 })
  }

  @inline(__always)  // So that the closures are, too.
  private func multiply<T, Sum>(
    _ a: Tensor, _ b: Tensor, _ layout: Layout, _ type: TensorType, _ zero: Sum,
    add: (Sum, T, T) -> Sum, rounded: (Sum) -> T
  ) throws -> Tensor {
    let (rows, depth, columns) = (layout.rows, layout.depth, layout.columns)
    let walk = StridedWalk(
      shape: layout.batch + [1],
      strides: [
        Broadcast.strides(of: Array(layout.a.dropLast(2)), over: layout.batch).map {
          $0 * rows * depth
        } + [0],
        Broadcast.strides(of: Array(layout.b.dropLast(2)), over: layout.batch).map {
          $0 * depth * columns
        } + [0],
      ])
    return try Tensor(type.elementType, shape: type.shape, as: T.self) { output in
      if output.isEmpty { return }
      let sums = UnsafeMutableBufferPointer<Sum>.allocate(capacity: columns)
      defer { sums.deallocate() }
      a.withElements(T.self) { a in
        b.withElements(T.self) { b in
          walk.forEachRow { first, offsets in
            for matrix in 0..<walk.innerCount {
              let startA = offsets[0] + matrix * walk.innerStrides[0]
              let startB = offsets[1] + matrix * walk.innerStrides[1]
              for row in 0..<rows {
                sums.initialize(repeating: zero)
                for k in 0..<depth {
                  let value = a[startA + row * depth + k]
                  for column in 0..<columns {
                    sums[column] = add(sums[column], value, b[startB + k * columns + column])
                  }
                }
                let target = ((first + matrix) * rows + row) * columns
                for column in 0..<columns { output[target + column] = rounded(sums[column]) }
              }
            }
          }
        }
      }
    }
  }
}
