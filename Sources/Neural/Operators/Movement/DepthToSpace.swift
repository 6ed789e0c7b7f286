/// Moves channels into blocks of pixels (pixel shuffle; Shi et al. 2016, arXiv:1609.05158).
///
/// Input: x `[N, C, H, W]`, any type, C a multiple of `block^2`.
/// Output: `[N, C / block^2, H * block, W * block]`.
package struct DepthToSpace: Operator, Hashable {
  /// Which channels make a block: those `C / block^2` apart (`depthColumnRow`, TensorFlow), or
  /// neighbours (`columnRowDepth`, PyTorch).
  package enum Order: Hashable, Sendable { case depthColumnRow, columnRowDepth }

  package var block: Int
  package var order: Order

  package init(block: Int, order: Order) {
    self.block = block
    self.order = order
  }

  package var name: String { "DepthToSpace" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    let area = try BlockShape.area(block, "blocksize")
    guard x.shape.count == 4, x.shape[1] % area == 0 else {
      throw OperatorError.invalidInput(
        "x of shape \(x.shape), needs [N, C, H, W] with C a multiple of \(area)")
    }
    let shape = [
      x.shape[0], x.shape[1] / area, try Checked.product(x.shape[2], block, "height"),
      try Checked.product(x.shape[3], block, "width"),
    ]
    return [try .output(x.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let (n, c, h, w) = (x.shape[0], type.shape[1], x.shape[2], x.shape[3])
    let blocks =
      switch order {
      case .depthColumnRow:
        try x.reshaped([n, block, block, c, h, w]).transposed([0, 3, 4, 1, 5, 2])
      case .columnRowDepth:
        try x.reshaped([n, c, block, block, h, w]).transposed([0, 1, 4, 2, 5, 3])
      }
    return [try blocks.reshaped(type.shape)]
  }
}

/// The block of pixels that depth and space exchange.
enum BlockShape {
  /// `side * side` for a side that a tensor can have.
  static func area(_ side: Int, _ label: String) throws -> Int {
    guard side >= 1, side <= 65_536 else {
      throw OperatorError.invalidAttribute(label, "\(side) is outside 1...65536")
    }
    return side * side
  }
}
