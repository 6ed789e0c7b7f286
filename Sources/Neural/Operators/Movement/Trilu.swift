/// Keeps a triangle of each matrix and zeroes the rest.
///
/// Inputs: x `[..., rows, columns]`, any type; k?, one constant integer: the first (`upper`) or last
/// kept diagonal, 0 the main one, positive above it.
package struct Trilu: Operator, Hashable {
  package var upper: Bool

  package init(upper: Bool) {
    self.upper = upper
  }

  package var name: String { "Trilu" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 1...2)
    let x = try inputs.type(0, "x")
    guard x.shape.count >= 2 else {
      throw OperatorError.invalidInput("x of shape \(x.shape), needs at least 2 axes")
    }
    if inputs.optionalType(1) != nil { _ = try inputs.integer(1, "k") }
    return [try .output(x.elementType, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    var result = try required(inputs, 0)
    let (rows, columns) = (type.shape[type.shape.count - 2], type.shape[type.shape.count - 1])
    // Diagonals beyond the matrix are all the same.
    let diagonal = min(max(try optional(inputs, 1)?.integers().first ?? 0, -rows), columns)
    let width = type.elementType.byteCount
    if result.count == 0 { return [result] }
    try result.withUnsafeMutableBytes { bytes in
      for row in 0..<bytes.count / (columns * width) {
        // Columns before `split` are below the diagonal.
        let y = row % rows
        let split = min(max(y + diagonal + (upper ? 0 : 1), 0), columns)
        let cleared = upper ? 0..<split : split..<columns
        let start = row * columns
        for i in (start + cleared.lowerBound) * width..<(start + cleared.upperBound) * width {
          bytes[i] = 0
        }
      }
    }
    return [result]
  }
}
