internal import Neural

/// A convolution with default steps whose number of axes only its input tells.
struct UnrankedConvolution: Operator, Hashable {
  var groups: Int
  var autoPad: AutoPad

  var name: String { "Conv" }

  private func ranked(_ rank: Int?) throws -> Convolution {
    guard let rank, (3...5).contains(rank) else {
      throw OperatorError.invalidInput("an input of \(rank ?? 0) axes, needs 3 to 5")
    }
    let (ones, zeros) = (
      Array(repeating: 1, count: rank - 2), Array(repeating: 0, count: rank - 2)
    )
    return Convolution(
      strides: ones, dilations: ones, padsBegin: zeros, padsEnd: zeros, groups: groups,
      autoPad: autoPad)
  }

  func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    try ranked(inputs.first??.type.shape.count).inferTypes(inputs)
  }

  func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    try ranked(inputs.first??.shape.count).evaluate(inputs)
  }
}
