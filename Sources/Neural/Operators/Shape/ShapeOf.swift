/// x
package struct ShapeOf: Operator, Hashable {
  package var start: Int
  package var end: Int?

  package init(start: Int = 0, end: Int? = nil) {
    self.start = start
    self.end = end
  }

  package var name: String { "Shape" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
