extension ShapeOf: ShapeOnlyOperator {
  func evaluate(types: [TensorType?]) throws -> [Tensor] {
    guard let shape = types.first??.shape else {
      throw OperatorError.invalidInput("needs one input")
    }
    func clamp(_ position: Int) -> Int {
      min(max(position < 0 ? position + shape.count : position, 0), shape.count)
    }
    let first = clamp(start)
    let last = clamp(end ?? shape.count)
    return [try Tensor(vector: first < last ? Array(shape[first..<last]) : [])]
  }
}

extension SizeOf: ShapeOnlyOperator {
  func evaluate(types: [TensorType?]) throws -> [Tensor] {
    guard let type = types.first ?? nil else {
      throw OperatorError.invalidInput("needs one input")
    }
    let count = try Tensor.checkedCount(type.shape, elementType: type.elementType)
    return [try Tensor([count], shape: [])]
  }
}

extension NonZero: DataDependentOperator {}
extension NonMaxSuppression: DataDependentOperator {}
