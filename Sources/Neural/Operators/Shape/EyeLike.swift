/// Ones on a diagonal of a matrix as large as the input, zeros elsewhere.
///
/// Input: x `[rows, columns]`, only its type and shape count. Output: the same shape.
package struct EyeLike: Operator, Hashable {
  /// Columns by which the diagonal is right of the main one; negative is below it.
  package var diagonal: Int
  /// The output's type; `nil` for the input's.
  package var elementType: ElementType?

  package init(diagonal: Int, elementType: ElementType?) {
    self.diagonal = diagonal
    self.elementType = elementType
  }

  package var name: String { "EyeLike" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    guard x.shape.count == 2 else {
      throw OperatorError.invalidInput("x of shape \(x.shape), needs [rows, columns]")
    }
    return [try .output(elementType ?? x.elementType, x.shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let (rows, columns) = (type.shape[0], type.shape[1])
    var elements = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      let (column, overflow) = row.addingReportingOverflow(diagonal)
      if !overflow, (0..<columns).contains(column) { elements[row * columns + column] = 1 }
    }
    return try Cast(to: type.elementType).evaluate([Tensor(elements, shape: type.shape)])
  }
}
