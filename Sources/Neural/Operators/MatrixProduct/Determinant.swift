/// The determinant of each square matrix.
///
/// Input: x `[..., M, M]`, Float32. Output: `[...]`. By elimination with partial pivoting, in
/// Float64.
package struct Determinant: Operator, Hashable {
  package init() {}

  package var name: String { "Det" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    guard x.shape.count >= 2, x.shape[x.shape.count - 1] == x.shape[x.shape.count - 2] else {
      throw OperatorError.invalidInput("x of shape \(x.shape), needs [..., M, M]")
    }
    return [try .output(.float32, Array(x.shape.dropLast(2)))]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let side = x.shape[x.shape.count - 1]
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        for index in output.indices {
          let start = index * side * side
          output[index] = Float(
            Self.determinant(x[start..<start + side * side].map(Double.init), side: side))
        }
      }
    }
    return [result]
  }

  private static func determinant(_ elements: [Double], side: Int) -> Double {
    var rows = (0..<side).map { Array(elements[$0 * side..<($0 + 1) * side]) }
    var result = 1.0
    for column in 0..<side {
      guard
        let pivot = (column..<side).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
        rows[pivot][column] != 0
      else { return 0 }
      if pivot != column {
        rows.swapAt(pivot, column)
        result = -result
      }
      result *= rows[column][column]
      for row in (column + 1)..<max(side, column + 1) {
        let factor = rows[row][column] / rows[column][column]
        for place in column..<side { rows[row][place] -= factor * rows[column][place] }
      }
    }
    return result
  }
}
