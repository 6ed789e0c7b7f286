/// Darknet's `[reorg]`: the channel shuffle between YOLOv2's fine and coarse maps, which is not
/// space-to-depth.
///
/// Darknet reads its input as if it had `C / stride^2` channels of `H * stride` by `W * stride`
/// pixels, moves those blocks to channels, and calls the result `[C * stride^2, H / stride,
/// W / stride]`. Published weights expect exactly this.
///
/// Input: x `[N, C, H, W]`, any type; C a multiple of `stride^2`, H and W of `stride`.
/// Output: `[N, C * stride^2, H / stride, W / stride]`.
package struct DarknetReorg: Operator, Hashable {
  package var stride: Int

  package init(stride: Int) {
    self.stride = stride
  }

  package var name: String { "Reorg" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    let area = try BlockShape.area(stride, "stride")
    guard x.shape.count == 4, x.shape[1] % area == 0, x.shape[2] % stride == 0,
      x.shape[3] % stride == 0
    else {
      throw OperatorError.invalidInput(
        "x of shape \(x.shape), needs [N, C, H, W] with C a multiple of \(area), "
          + "H and W of \(stride)")
    }
    let channels = try Checked.product(x.shape[1], area, "channels")
    return [
      try .output(
        x.elementType, [x.shape[0], channels, x.shape[2] / stride, x.shape[3] / stride])
    ]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    return [
      try x.reshaped([n, c / (stride * stride), h, stride, w, stride])
        .transposed([0, 3, 5, 1, 2, 4]).reshaped(type.shape)
    ]
  }
}
