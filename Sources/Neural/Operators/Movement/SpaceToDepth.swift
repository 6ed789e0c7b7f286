/// Moves blocks of pixels into channels: the pixel at row `y`, column `x` of the blocks of channel
/// `c` goes to channel `(y * block + x) * C + c` (`depthColumnRow`) or
/// `(c * block + y) * block + x` (`columnRowDepth`).
///
/// Input: x `[N, C, H, W]`, any type, H and W multiples of `block`.
/// Output: `[N, C * block^2, H / block, W / block]`.
package struct SpaceToDepth: Operator, Hashable {
  package var block: Int
  package var order: DepthToSpace.Order

  package init(block: Int, order: DepthToSpace.Order = .depthColumnRow) {
    self.block = block
    self.order = order
  }

  package var name: String { "SpaceToDepth" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    let area = try BlockShape.area(block, "blocksize")
    guard x.shape.count == 4, x.shape[2] % block == 0, x.shape[3] % block == 0 else {
      throw OperatorError.invalidInput(
        "x of shape \(x.shape), needs [N, C, H, W] with H and W multiples of \(block)")
    }
    let channels = try Checked.product(x.shape[1], area, "channels")
    return [
      try .output(
        x.elementType, [x.shape[0], channels, x.shape[2] / block, x.shape[3] / block])
    ]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let split = [x.shape[0], x.shape[1], type.shape[2], block, type.shape[3], block]
    let axes = order == .depthColumnRow ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
    return [try x.reshaped(split).transposed(axes).reshaped(type.shape)]
  }
}
