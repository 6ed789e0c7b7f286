/// The sizes of a tensor's axes `start..<end`, as an Int64 vector.
package struct ShapeOf: Operator, Hashable {
  /// Negative counts from the end; beyond it is cut.
  package var start: Int
  /// `nil` is the number of axes.
  package var end: Int?

  package init(start: Int = 0, end: Int? = nil) {
    self.start = start
    self.end = end
  }

  package var name: String { "Shape" }

  /// The sizes the operator gives for an input of shape `shape`.
  package func sizes(of shape: [Int]) -> [Int] {
    func place(_ axis: Int) -> Int {
      min(max(axis < 0 ? axis + shape.count : axis, 0), shape.count)
    }
    let (first, last) = (place(start), place(end ?? shape.count))
    return first < last ? Array(shape[first..<last]) : []
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    return [try .output(.int64, [sizes(of: x.shape).count])]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    [try Tensor(vector: sizes(of: try required(inputs, 0).shape))]
  }
}
