internal import Neural

/// Converts the first input to the second input's element type, whatever its value.
struct CastLike: Operator, Hashable {
  var name: String { "CastLike" }

  /// - Throws: `OperatorError.invalidInput` unless there are two inputs.
  func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    guard inputs.count == 2, let target = inputs[1] else {
      throw OperatorError.invalidInput("needs 2 inputs")
    }
    return try Cast(to: target.type.elementType).inferTypes([inputs[0]])
  }

  /// - Throws: `OperatorError.invalidInput` unless there are two inputs.
  func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    guard inputs.count == 2, let target = inputs[1] else {
      throw OperatorError.invalidInput("needs 2 inputs")
    }
    return try Cast(to: target.elementType).evaluate([inputs[0]])
  }
}
