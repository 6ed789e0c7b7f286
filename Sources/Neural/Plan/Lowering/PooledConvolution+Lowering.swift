internal import CKernels

extension PlanBuilder {
  /// Emits a convolution that `PooledConvolutions` found together with the maximum that reads it.
  mutating func lowerPooled(_ node: Graph.Node, output: ValueID) throws {
    guard let convolution = node.operation as? Convolution, let input = node.inputs[0],
      let weights = node.inputs[1].flatMap(constant)
    else { return }
    let bias = node.inputs.count > 2 ? node.inputs[2].flatMap(constant) : nil
    let slopes = node.inputs.count > 4 ? node.inputs[4].flatMap(constant) : nil
    let kernelOptions = try convolution.kernelOptions(
      inputShape: type(input).shape, weights: weights, execution: options)
    let picture = convolution.readsPlanar(input, self) ? planar(input) : nil
    let source = picture == nil ? blocked(input) : nil
    let target = makeBlocked(type(output).shape)
    let isa = isa
    emit("Conv", multiplyAdds: graph.multiplyAdds(of: node)) { memory in
      withParameters(weights, bias, slopes) { weights, bias, slopes in
        var options = kernelOptions.with(slopes: slopes)
        var target = memory.blocked(target)
        if let picture {
          var picture = memory.planar(picture)
          return ck_conv_pooled(isa, &options, nil, &picture, &target, weights, bias)
        }
        guard let source else { return nil }
        var blocked = memory.blocked(source)
        return ck_conv_pooled(isa, &options, &blocked, nil, &target, weights, bias)
      }
    }
    define(output, blocked: target)
  }
}
